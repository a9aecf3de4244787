from dataclasses import replace

from odoo import api, models

from ..tools import grouping, owner
from ..tools.scales import OPEN_STATES
from .monitor_incident_intake import QUIETLY, REOPEN_WITHIN


class MonitorIncidentDirect(models.AbstractModel):
    """Incidents without a rule: of server actions, of people, of alerts from outside.

    One that has no alerts is open until somebody resolves it.
    """

    _name = "monitor.incident.direct"
    _description = "Monitor Incident: without a rule"

    @api.model
    def _open_directly(self, group_key, values, now):
        """Open an incident of a group, or add to the one that is open.

        One that was resolved less than a day ago opens again.

        :param dict values: ``title``, ``severity``; more columns of it if known;
            ``count``: how many occurrences are added
        :return: the incident
        """
        last = self._of_groups([group_key], now).get(group_key, self.browse())
        if last.state == "resolved" and now - last.resolved_at <= REOPEN_WITHIN:
            last._reopen("reopened_auto", {}, now)
        if last.state in OPEN_STATES:
            last._add_directly(values, now)
            return last
        incident = self.with_context(**QUIETLY).create(
            {
                "name": self.env["ir.sequence"].next_by_code("monitor.incident"),
                "group_key": group_key,
                "first_seen_at": now,
                "last_seen_at": now,
                "opened_at": now,
                "grouped_at": now,
                "previous_id": last.id,
                **values,
            }
        )
        incident._begin_directly(now)
        return incident

    def _add_directly(self, values, now):
        """Count what was asked for again."""
        before, count = self.count, self.count + values.get("count", 1)
        self.with_context(**QUIETLY).write(
            {
                "count": count,
                "last_seen_at": max(now, self.last_seen_at),
            }
        )
        self.with_context(**QUIETLY)._raise_severity(values["severity"], now)
        if before == 1 or grouping.milestones(before, count):
            self._log("count", "asked_again", {"count": count}, now=now)
        self._plan_news(now)

    def _begin_directly(self, now):
        """Give a new incident all that depends on the incident itself."""
        self._own_directly(self.user_id, self.team_id, now)
        self._set_deadlines(now)
        self._measure_impact(now)
        self._prioritize(now)
        code = "opened_again" if self.previous_id else "opened"
        params = {"title": self.title, "previous": self.previous_id.name}
        self._log("opened", code, params, now=self.opened_at)
        params = {"owner": self.user_id.name, "reason": self.owner_reason}
        self._log("assigned", "owner", params, now=now)
        self._plan_news(now)
        self._start_escalation(now)
        self._capture(now)

    def _own_directly(self, user, team, now):
        """Give it to ``user``, else to somebody who can act: never to nobody."""
        team = team or self.workflow_id.team_id
        people, rules = self.env["monitor.people"], self.env["monitor.rule"]
        company = self.company_id
        chain = people._candidates(user, "asked", now, company)
        chain += self._owner_chain(rules, self.workflow_id, team, now, company)
        choice = owner.choose(chain)
        self.with_context(**QUIETLY).write(
            {
                "user_id": choice.user_id,
                "team_id": team.id,
                "owner_reason": self._owner_reason(choice),
            }
        )

    def _begin(self, lead, previous, now):
        """Alerts from outside belong to the team of their receiver."""
        result = super()._begin(lead, previous, now)
        receiver = lead.alertmanager_id
        if receiver:
            leader = receiver.team_id.leader_id
            self._own_directly(leader or self.user_id, receiver.team_id, now)
        return result

    def _news_group(self):
        """What has no alerts is news itself, as long as it is open."""
        group = super()._news_group()
        if self.alert_ids or self.state not in OPEN_STATES:
            return group
        return replace(group, firing=frozenset({self.group_key or self.name}))
