from odoo import api, models

from ..tools import suppression
from ..tools.inhibition import Explainer
from .monitor_alert_take import OPEN, SELECT

MUTED_BY_PEOPLE = ("silence", "maintenance")
FIRING = f"{SELECT} WHERE {OPEN} AND fired_at IS NOT NULL"
EXPLAINING = f"""
    SELECT fingerprint, labels, name FROM monitor_alert
     WHERE explains AND {OPEN} AND fired_at IS NOT NULL
"""


class MonitorAlertSuppression(models.AbstractModel):
    """Says which alerts tell nobody, and why: wait, inhibition, silence."""

    _name = "monitor.alert.suppression"
    _description = "Alert: Suppression"

    @api.model
    def _suppressed(self, rows, old, now, review_all):
        """Return rows with what mutes them.

        Rows of other alerts that fire are added where what mutes them may have changed:
        an alert that explains others began or ended, or ``review_all``. What they were
        before is added to ``old``.
        """
        inhibitions = self.env["monitor.inhibition"]._active()
        for row in rows:
            row["explains"] = any(one.is_source(row["labels"]) for one in inhibitions)
        if review_all or any(
            explaining(row) != explaining(old.get(row["fingerprint"])) for row in rows
        ):
            rows = rows + self._others(rows, old, inhibitions)
        sources = self._sources(rows)
        explainer = Explainer(
            inhibitions, {key: source["labels"] for key, source in sources.items()}
        )
        mutes = self.env["monitor.silence"]._muting(now)
        names = self._names_of(mutes) | sources_names(sources)
        matched = set()
        for row in rows:
            verdict = self._verdict(row, explainer, sources, mutes)
            if verdict.reason in MUTED_BY_PEOPLE:
                matched.add(verdict.by)
            self._apply(row, verdict, names, now)
        self.env["monitor.silence"]._note_matches(sorted(matched), now)
        return rows

    @api.model
    def _others(self, rows, old, inhibitions):
        """Return the rows of all other alerts that fire."""
        self.env.cr.execute(FIRING)
        known = {row["fingerprint"] for row in rows}
        found = self.env.cr.dictfetchall()
        others = [row for row in found if row["fingerprint"] not in known]
        for row in others:
            old[row["fingerprint"]] = dict(row)
            row["explains"] = any(one.is_source(row["labels"]) for one in inhibitions)
            row["state"] = "firing"
        return others

    @api.model
    def _sources(self, rows):
        """Return ``{fingerprint: row}`` of the alerts that fire and explain others."""
        self.env.cr.execute(EXPLAINING)
        sources = {row["fingerprint"]: row for row in self.env.cr.dictfetchall()}
        for row in rows:
            sources.pop(row["fingerprint"], None)
            if explaining(row):
                sources[row["fingerprint"]] = row
        return sources

    @api.model
    def _names_of(self, mutes):
        silences = self.env["monitor.silence"].browse([mute.key for mute in mutes])
        return {silence.id: silence.name for silence in silences}

    @api.model
    def _verdict(self, row, explainer, sources, mutes):
        phase = "over" if row["resolved_at"] else "firing"
        if not row["resolved_at"] and not row["fired_at"]:
            phase = "pending"
        explained_by = None
        if phase == "firing":
            key = explainer.explains(row["labels"], row["fingerprint"])
            if key:
                outage = sources[key]["labels"].get("kind") == "outage"
                explained_by = (key, outage)
        return suppression.decide(phase, row["labels"], explained_by, mutes)

    @api.model
    def _apply(self, row, verdict, names, now):
        """Write a verdict into a row; what people muted and is not over is released."""
        was, by = row.get("suppression"), names.get(verdict.by)
        if verdict.reason:
            row["state"] = "suppressed"
            if row["fired_at"] and (was, row["suppressed_by"]) != (verdict.reason, by):
                row["muted_at"] = now
        elif was in MUTED_BY_PEOPLE and not row["resolved_at"]:
            row["released_at"] = now
        row["suppression"] = verdict.reason
        row["suppressed_by"] = by
        if verdict.reason in MUTED_BY_PEOPLE:
            row["silence_id"] = verdict.by


def explaining(row):
    """Tell whether a row is that of an alert which fires and explains others."""
    return bool(row and row["explains"] and row["fired_at"] and not row["resolved_at"])


def sources_names(sources):
    return {key: source["name"] for key, source in sources.items()}
