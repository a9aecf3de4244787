-- A copy of a database must not report on itself as if it were the original: its
-- scheduled actions are off, so every workflow would look late. Watching stops until
-- an administrator switches it on again in the settings.
INSERT INTO ir_config_parameter (key, value)
VALUES ('monitor_core.enabled', 'False')
    ON CONFLICT (key) DO
       UPDATE SET value = 'False';

-- runs that were in progress when the copy was made will never end here
UPDATE monitor_run
   SET state = 'cancelled', next_deadline_at = NULL
 WHERE state IN ('running', 'stalled');

-- nor is the health of the original the health of the copy
UPDATE monitor_workflow
   SET health = 'unknown', health_reason_code = 'capture_off', health_params = '{}',
       running_since = NULL
 WHERE health <> 'unknown';
