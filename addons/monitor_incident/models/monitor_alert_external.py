from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.monitor_core.models.recorder_sql import to_json
from odoo.addons.monitor_core.tools.scales import SEVERITIES, rank

from ..tools import alertmanager


class MonitorAlertExternal(models.AbstractModel):
    """Alerts that no rule of ours raised, but somebody outside."""

    _name = "monitor.alert.external"
    _description = "Monitor Alert: from outside"

    alertmanager_id = fields.Many2one(
        comodel_name="monitor.alertmanager",
        string="Received By",
        ondelete="set null",
        index="btree_not_null",
        readonly=True,
    )
    external_group = fields.Char(
        readonly=True, help="Alerts from outside that agree in this are one incident."
    )

    @api.model
    def _take_external(self, receiver, alerts, told_group, now):
        """Store what a receiver was sent; open incidents for what is severe enough.

        :param alerts: list of :class:`alertmanager.Alert`
        :param told_group: by which key its sender groups them
        """
        source, company = receiver._source(), receiver.company_id.id or None
        labels = {"source": "alertmanager", "receiver": receiver.name}
        observations = alertmanager.observations(
            alerts,
            self._known_of([f"{source}:{alert.key}" for alert in alerts]),
            source,
            labels,
            company,
        )
        if not observations:
            return
        self._take(observations, now)
        self.flush_model()
        self._complete_external(
            receiver, observations, alertmanager.group_key(source, told_group, company)
        )
        self.invalidate_model(flush=False)
        found = self.search(
            [("fingerprint", "in", [one.fingerprint for one in observations])]
        )
        # Only now it is known what they are: whose, and of which group.
        wanting = found.filtered(lambda alert: alert._wants_incident())
        self.env["monitor.incident"]._take_alerts(wanting.ids, now)

    def _needs_action(self):
        receiver = self.alertmanager_id
        if not receiver:
            return super()._needs_action()
        least = receiver.incident_severity
        return rank(SEVERITIES, self.severity) >= rank(SEVERITIES, least)

    def _group_key(self, now):
        key = super()._group_key(now)
        if not self.external_group or key.startswith("maintenance:"):
            return key
        return self.external_group

    @api.model
    def _known_of(self, fingerprints):
        """Return the newest alert of each as ``{key: Known}``; key as its sender's."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (fingerprint)
                       fingerprint, first_seen_at, resolved_at, state
                  FROM monitor_alert
                 WHERE fingerprint = ANY(%s) AND rule_id IS NULL
                 ORDER BY fingerprint, id DESC
                """,
                fingerprints,
            )
        )
        return {
            fingerprint.split(":", 2)[2]: alertmanager.Known(
                started, (resolved or started) if state == "resolved" else None
            )
            for fingerprint, started, resolved, state in rows
        }

    @api.model
    def _complete_external(self, receiver, observations, group):
        """Set what only alerts from outside have."""
        rows = [
            {
                "fingerprint": one.fingerprint,
                "name": one.name,
                "severity": one.severity,
                "annotations": dict(one.annotations),
            }
            for one in observations
        ]
        self.env.cr.execute(
            """
            UPDATE monitor_alert alert
               SET source = 'alertmanager', alertmanager_id = %(receiver)s,
                   external_group = %(group)s, company_id = %(company)s,
                   name = new.name, severity = new.severity,
                   annotations = new.annotations
              FROM json_to_recordset(%(rows)s) AS new(
                   fingerprint varchar, name varchar, severity varchar,
                   annotations jsonb)
             WHERE alert.fingerprint = new.fingerprint
               AND (alert.state <> 'resolved' OR alert.alertmanager_id IS NULL)
            """,
            {
                "receiver": receiver.id,
                "group": group,
                "company": receiver.company_id.id or None,
                "rows": to_json(rows),
            },
        )
