from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import escalation_texts, owner
from ..tools.scales import OPEN_STATES

WORKFLOW_OWNERS = {
    "technical": "technical_owner_id",
    "process": "process_owner_id",
    "compliance": "compliance_owner_id",
}


class MonitorIncident(models.Model):
    """Whose it is: never nobody's."""

    # by topic, as in the other files of this model
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "monitor.incident"

    told_user_id = fields.Many2one(
        comodel_name="res.users",
        readonly=True,
        copy=False,
        help="The owner who was told; another one is told as soon as there is one.",
    )

    @api.model
    def _choose_owner(self, rule, workflow, now, company=None, record=None):
        """Return ``(user, team, reason)`` of a new incident.

        The owner that the rule asks for, else who is on call for the team, the team's
        leader, a manager of the Monitor. Who cannot be reached is passed over, and
        ``reason`` says so. ``user`` is empty only if the database has nobody at all.
        """
        team = workflow.team_id or rule.team_id
        company = company or workflow.company_id
        chain = self._owner_chain(rule, workflow, team, now, company, record)
        choice = owner.choose(chain)
        user = self.env["res.users"].browse(choice.user_id or [])
        return user, team, self._owner_reason(choice)

    @api.model
    def _owner_chain(self, rule, workflow, team, now, company, record=None):
        """Return the candidates in order; extend to ask others first."""
        people = self.env["monitor.people"]
        named, role = self._owner_by_rule(rule, workflow, record)
        steps = [
            (named, role),
            (team.rotation_ids._on_call_at(now), "oncall"),
            (team.leader_id, "leader"),
            (people._managers(company), "manager"),
        ]
        return [
            candidate
            for users, name in steps
            for candidate in people._candidates(users, name, now, company)
        ]

    @api.model
    def _owner_by_rule(self, rule, workflow, record):
        """Return whom the rule names and as what; the technical owner without one."""
        kind = rule.owner or "technical"
        if kind == "user":
            return rule.user_id, "rule"
        if kind == "record":
            field = rule.sudo().owner_field_id.name  # sudo: names of fields
            known = field and record and field in record._fields
            users = record.sudo()[field] if known else self.env["res.users"]
            return users[:1], "record"
        users = workflow[WORKFLOW_OWNERS[kind]]
        other = workflow.technical_owner_id or workflow.process_owner_id
        return users or other, kind

    @api.model
    def _owner_reason(self, choice):
        people = self.env["monitor.people"]
        words = []
        if choice.role:
            words.append(people._in_words(escalation_texts.ROLES, choice.role))
        if choice.skipped:
            words.append(
                self.env._("passed over: %s", people._skipped_text(choice.skipped))
            )
        return "; ".join(words)

    @api.model
    def _audit_owners(self, now):
        """Give open incidents whose owner was archived, or that have none, to others.

        Runs with each *Monitor: escalate*: one SELECT finds them.
        """
        self.flush_model(["user_id", "state"])
        self.env["res.users"].flush_model(["active"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT i.id FROM monitor_incident i
                  LEFT JOIN res_users u ON u.id = i.user_id
                 WHERE i.state IN %s AND u.active IS NOT TRUE ORDER BY i.id LIMIT 1000
                """,
                OPEN_STATES,
            )
        )
        for incident in self.browse([row[0] for row in rows]):
            incident._replace_owner(now)

    def _replace_owner(self, now):
        self.ensure_one()
        record = self._business_record()
        user, team, reason = self._choose_owner(
            self.rule_id, self.workflow_id, now, self.company_id, record
        )
        if user == self.user_id:
            return
        former = self.user_id
        if former:
            gone = self.env["monitor.people"]._candidates(
                former, "owner", now, self.company_id
            )
            obstacle = owner.obstacle(gone[0])
            if obstacle:
                words = self.env["monitor.people"]._skipped_text([(gone[0], obstacle)])
                reason = f"{reason}; {words}" if reason else words
        self.write(
            {
                "user_id": user.id,
                "team_id": (self.team_id or team).id,
                "owner_reason": reason,
            }
        )
        code = "owner_changed" if user else "owner_missing"
        params = {"owner": user.name or "", "reason": reason}
        self._log("assigned", code, params, now=now)

    def _open_url(self):
        """Return the address of the incident's page."""
        self.ensure_one()
        action = "action-monitor_incident.monitor_incident_action"
        return f"{self.get_base_url()}/odoo/{action}/{self.id}"

    def _confirm_url(self, action):
        """Return the address of a page that asks before it does anything."""
        self.ensure_one()
        return f"{self.get_base_url()}/monitor/incident/{self.id}/{action}"

    def _message_auto_subscribe_notify(self, partner_ids, template):
        """Send no "assigned to you": escalation tells the owner, once."""
