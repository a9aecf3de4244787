from odoo import api, models

from odoo.addons.monitor_core.models.monitor_health import pack_params
from odoo.addons.monitor_core.tools.scales import SEVERITIES

from ..tools import summaries

SAMPLES = 5
NAME_LENGTH = 200


class MonitorAlertRow(models.AbstractModel):
    """Says what the row of an alert holds: when it is new, and after an occurrence."""

    _name = "monitor.alert.row"
    _description = "Alert: Row"

    @api.model
    def _new_row(self, one, rule, known):
        workflow = known["workflows"].get(one.workflow_id)
        company = str(one.company_id or "")
        labels = {**one.labels, "company": company}
        if rule:
            labels = {"kind": rule.kind, "alertname": rule.name, **labels}
        if workflow:
            labels = {"workflow": workflow.code, **labels}
            team = workflow.team_id
            if team:
                labels = {"team": team.name, "team_id": str(team.id), **labels}
        severity = one.labels.get("severity")
        if severity not in dict(SEVERITIES):  # labels from outside say anything
            severity = rule.severity if rule else "error"
        return {
            "id": None,
            "incident_id": None,
            "name": self._name_of(one, rule, workflow),
            "rule_id": rule.id if rule else None,
            "workflow_id": workflow.id if workflow else None,
            "company_id": one.company_id,
            "source": "rule",
            "fingerprint": one.fingerprint,
            "labels": labels,
            "severity": severity,
            "suppression": None,
            "suppressed_by": None,
            "silence_id": None,
            "end_reason": None,
            "muted_at": None,
            "released_at": None,
            "value": one.value,
            "summary_code": one.code or None,
            "summary_params": pack_params(one.params),
            "model": one.model,
            "res_id": one.res_id,
            "first_run_id": None,
            "last_run_id": None,
            **self._runs_of({}, one),
        }

    @api.model
    def _name_of(self, one, rule, workflow):
        """Return the words for lists and titles, in English as stored."""
        known = rule.name if rule else one.labels.get("alertname", "?")
        about = [workflow.name] if workflow else []
        about.append(summaries.title(one.code, one.params, known))
        return ": ".join(about)[:NAME_LENGTH]

    @api.model
    def _news_of(self, row, one):
        """Return what an occurrence changes of an open alert."""
        news = {"value": one.value, **self._runs_of(row, one)}
        if one.code:
            news["summary_code"] = one.code
            news["summary_params"] = pack_params(one.params)
        return news

    @api.model
    def _runs_of(self, row, one):
        """Return first, last and sample runs: the first ever, the last, five others."""
        if not one.run_ids:
            return {"sample_run_ids": row.get("sample_run_ids") or []}
        first, *others = one.run_ids
        last = others.pop(0) if others else first
        samples = dict.fromkeys([*(row.get("sample_run_ids") or []), *others])
        return {
            "first_run_id": row.get("first_run_id") or first,
            "last_run_id": last,
            "sample_run_ids": list(samples)[:SAMPLES],
        }
