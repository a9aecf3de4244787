from odoo import api, fields, models
from odoo.tools import format_date

#: So many of an incident's alerts say what "the same" is; the newest.
COMPARED_ALERTS = 50


class MonitorIncidentEarlier(models.AbstractModel):
    """The same before: how often, and what resolved it last."""

    _name = "monitor.incident.earlier"
    _description = "Incident: The Same Before"

    earlier_line = fields.Char(compute="_compute_earlier_line", string="Before")

    @api.depends("alert_ids.fingerprint", "group_key", "first_seen_at")
    @api.depends_context("lang", "tz", "uid")
    def _compute_earlier_line(self):
        for incident in self:
            earlier = incident._earlier()
            words = incident._earlier_words(earlier) if earlier else False
            incident.earlier_line = words

    def _earlier(self):
        """Return earlier incidents that are over, of the same alerts, newest first.

        Those of other rules or with other errors are not the same. Without alerts, what
        was opened for the same reason is.
        """
        self.ensure_one()
        fingerprints = self.alert_ids[:COMPARED_ALERTS].mapped("fingerprint")
        if fingerprints:
            same = ("alert_ids.fingerprint", "in", fingerprints)
        elif self.group_key:
            same = ("group_key", "=", self.group_key)
        else:
            return self.browse()
        return self.search(
            [
                same,
                ("id", "!=", self._origin.id),
                ("first_seen_at", "<", self.first_seen_at),
                ("state", "in", ("resolved", "closed")),
            ],
            order="first_seen_at desc, id desc",
        )

    def _earlier_words(self, earlier):
        last = earlier[0]
        day = fields.Datetime.context_timestamp(self, last.first_seen_at).date()
        values = {
            "count": len(earlier),
            "day": format_date(self.env, day, date_format="medium"),
            "how": last._resolved_words(),
        }
        if len(earlier) == 1:
            text = self.env._("Happened once before, on %(day)s: %(how)s.", **values)
        else:
            text = self.env._(
                "Happened %(count)s times before; last on %(day)s: %(how)s.", **values
            )
        return text

    def _resolved_words(self):
        """Return how it ended, by whom and with which note, as part of a sentence."""
        self.ensure_one()
        words = {
            "fixed": self.env._("fixed"),
            "no_action": self.env._("no action was needed"),
            "recovered": self.env._("it recovered by itself"),
            "self_resolved": self.env._("it was over before anybody was told"),
            "unwatched": self.env._("nobody watched it any more"),
        }.get(self.resolution) or self.env._("it was resolved")
        resolved = self.entry_ids.filtered(lambda entry: entry.kind == "resolved")[:1]
        if resolved.user_id and self.resolution in ("fixed", "no_action"):
            # sudo: the name of a colleague, as the timeline shows it
            name = resolved.user_id.sudo().name
            words = self.env._("%(how)s (%(user)s)", how=words, user=name)
        if self.resolution_note:
            note = " ".join(self.resolution_note.split()).rstrip(".")
            words = self.env._("%(how)s, “%(note)s”", how=words, note=note)
        return words

    def action_open_earlier(self):
        """List the earlier ones."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("The same before %s", self.name),
            "res_model": "monitor.incident",
            "view_mode": "list,form",
            "domain": [("id", "in", self._earlier().ids)],
        }
