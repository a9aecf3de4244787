-- A copy of a database must tell nobody: what is queued is not sent, and escalation and
-- delivery are off (Odoo switches scheduled actions off itself; this holds for who starts it by hand).
UPDATE monitor_notification
   SET state = 'suppressed', next_attempt_at = NULL
 WHERE next_attempt_at IS NOT NULL;
UPDATE ir_cron
   SET active = FALSE
 WHERE id IN (SELECT res_id FROM ir_model_data
               WHERE module = 'monitor_incident'
                 AND name IN ('ir_cron_monitor_escalate', 'ir_cron_monitor_deliver'));
