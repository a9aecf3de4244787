from collections import Counter, defaultdict
from datetime import timedelta
from decimal import Decimal

from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import SQL

from odoo.addons.monitor_core.tools import clock

from ..models.capture_sql import READ
from ..tools import definition, what_if
from ..tools.scales import EXCEPTION_KINDS

#: More than anybody reads; what is counted are all.
MOST_LINES = 2000
#: Documents that were approved before there was a policy, as they are now.
UNGOVERNED = """
    SELECT note.id, seen.amount_company, seen.risk, seen.department,
           seen.rate_date, seen.company_id, seen.requester_id
      FROM (SELECT res_id AS id FROM monitor_approval_document
             WHERE policy_id = %(policy)s AND state = 'approved' AND round = 0) note
     CROSS JOIN (SELECT %(now)s::date AS today) clock
      JOIN LATERAL (%(reading)s) seen(%(read)s) ON true
     WHERE seen.state = 'approved'
       AND seen.rate_date BETWEEN %(begin)s::date AND %(end)s::date
       AND seen.company_id = ANY(%(companies)s)
     ORDER BY note.id
"""


class MonitorApprovalWhatIf(models.TransientModel):
    """Read what a version of a policy would have said of the past; nothing changes."""

    _name = "monitor.approval.what.if"
    _description = "Monitor Approval: What If"

    policy_id = fields.Many2one(
        comodel_name="monitor.approval.policy", required=True, ondelete="cascade"
    )
    version_id = fields.Many2one(
        comodel_name="monitor.approval.policy.version",
        required=True,
        ondelete="cascade",
        domain="[('policy_id', '=', policy_id)]",
        compute="_compute_version_id",
        store=True,
        readonly=False,
        precompute=True,
    )
    date_from = fields.Datetime(
        string="From",
        required=True,
        default=lambda self: clock.utcnow() - timedelta(days=90),
    )
    date_to = fields.Datetime(
        string="To", required=True, default=lambda self: clock.utcnow()
    )
    summary = fields.Text(readonly=True)
    line_ids = fields.One2many(
        comodel_name="monitor.approval.what.if.line",
        inverse_name="what_if_id",
        readonly=True,
    )

    @api.depends("policy_id")
    def _compute_version_id(self):
        for one in self:
            one.version_id = one.policy_id.version_ids.sorted("number")[-1:]

    def _compute_display_name(self):
        for one in self:
            one.display_name = self.env._("What would it have said")

    def action_look(self):
        """Compare, and show what differs."""
        self.ensure_one()
        self._look()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "name": self.env._("What would it have said"),
            "target": "current",
        }

    def _look(self):
        rules = self.version_id._load()
        approvals = self._approvals()
        lines = self._differences(approvals, rules)
        ungoverned = self._ungoverned(rules)
        self.line_ids = [Command.clear()] + [
            Command.create(line) for line in (lines + ungoverned)[:MOST_LINES]
        ]
        self.summary = self._told(len(approvals), lines, ungoverned)

    def action_open_lines(self):
        """Open what differs as a list to search, group and export."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "monitor.approval.what.if.line",
            "view_mode": "list,pivot,graph",
            "name": self.env._("What would it have said"),
            "domain": [("what_if_id", "=", self.id)],
        }

    # -- What was decided ------------------------------------------------------

    def _approvals(self):
        """Return the approvals of the period that the user may see."""
        return self.env["monitor.approval"].search(
            [
                ("policy_id", "=", self.policy_id.id),
                ("requested_at", ">=", self.date_from),
                ("requested_at", "<=", self.date_to),
            ]
        )

    def _differences(self, approvals, rules):
        """Return the values of a line for each approval that differs."""
        decisions, limits = approvals._decisions(), approvals._limits()
        approvals.tier_ids.mapped("level")  # read at once
        lines = []
        for approval in approvals:
            round_ = approval._as_round(
                decisions.get(approval.id, []),
                limits[approval.model, approval.company_id],
            )
            amount = round_.amount if self.policy_id.amount_path else None
            past = what_if.Past(
                levels=frozenset(approval.tier_ids.mapped("level")),
                amount=amount,
                risk=approval.risk or "low",
                department=approval.department or None,
                round=round_,
            )
            difference = what_if.compare(past, rules)
            if difference:
                lines.append(self._line_of(approval, difference, rules))
        return lines

    def _line_of(self, approval, difference, rules):
        return {
            "approval_id": approval.id,
            "name": approval.record_name,
            "requester_id": approval.requester_id.id,
            "decided_by_id": approval.decided_by_id.id,
            "happened_at": approval.requested_at,
            "amount_company": approval.amount_company,
            "company_id": approval.company_id.id,
            **self._words(difference, rules),
        }

    def _words(self, difference, rules):
        """Return a difference in words."""
        names = {tier.level: tier.name for tier in rules.tiers}
        kinds = dict(self.env["monitor.approval.exception"]._fields["kind"].selection)
        kinds |= dict(EXCEPTION_KINDS)
        return {
            "added": ", ".join(_named(level, names) for level in difference.added),
            "removed": ", ".join(_named(level, {}) for level in difference.removed),
            "raised": ", ".join(kinds[kind] for kind in difference.raised),
            "cleared": ", ".join(kinds[kind] for kind in difference.cleared),
        }

    # -- What was before the policy --------------------------------------------

    def _ungoverned(self, rules):
        """Return lines of documents that were approved before the policy was made."""
        reading = self.policy_id._reading_quietly()
        if reading is None:
            return []
        self.env.flush_all()
        rows = self.env.execute_query_dict(
            SQL(
                UNGOVERNED,
                policy=self.policy_id.id,
                now=clock.utcnow(),
                begin=self.date_from,
                end=self.date_to,
                companies=self.env.companies.ids,
                reading=reading.query,
                read=SQL(READ),
            )
        )
        wanted = {row["id"]: self._wanted(row, rules) for row in rows}
        # sudo: names of documents under a policy, as approvals show them
        documents = self.env[self.policy_id.model].sudo().browse(list(wanted)).exists()
        names = {document.id: document.display_name for document in documents}
        return [
            self._ungoverned_line(row, names.get(row["id"]), wanted[row["id"]], rules)
            for row in rows
            if wanted[row["id"]]
        ]

    def _wanted(self, row, rules):
        amount = None
        if self.policy_id.amount_path and row["amount_company"] is not None:
            amount = Decimal(repr(float(row["amount_company"])))
        tiers = definition.expected_tiers(
            rules, amount, row["risk"] or "low", row["department"]
        )
        return tuple(tier.level for tier in tiers)

    def _ungoverned_line(self, row, name, levels, rules):
        return {
            "before_policy": True,
            "name": name,
            "requester_id": row["requester_id"],
            "happened_at": row["rate_date"],
            "amount_company": row["amount_company"] or 0,
            "company_id": row["company_id"],
            **self._words(what_if.Difference(added=levels), rules),
        }

    # -- In words --------------------------------------------------------------

    def _told(self, count, lines, ungoverned):
        """Return in sentences what differs."""
        said = [
            self.env._(
                "Of %(count)s approvals in this time, %(differ)s differ.",
                count=count,
                differ=len(lines),
            )
        ]
        amounts, counts = defaultdict(Counter), Counter()
        companies = self.env["res.company"].browse
        for line in lines:
            # sudo: the currency of an approval that is listed
            currency = companies(line["company_id"]).sudo().currency_id
            for name in ("added", "removed", "raised", "cleared"):
                if line[name]:
                    counts[name, line[name]] += 1
                    amounts[name, line[name]][currency] += line["amount_company"]
        for (name, what), number in sorted(counts.items()):
            said.append(self._sentence(name, what, number, amounts[name, what]))
        if ungoverned:
            said.append(
                self.env._(
                    "%s documents approved before the policy would need approval.",
                    len(ungoverned),
                )
            )
        if len(lines) + len(ungoverned) > MOST_LINES:
            said.append(self.env._("The first %s are listed.", MOST_LINES))
        return "\n".join(said)

    def _sentence(self, name, what, number, amounts):
        sums = self.env["monitor.approval"]._sums_text(amounts)
        values = {
            "number": number,
            "what": what,
            "amount": sums or self.env._("no amount"),
        }
        if name == "added":
            return self.env._(
                "%(number)s would have asked %(what)s as well (%(amount)s).", **values
            )
        if name == "removed":
            return self.env._(
                "%(number)s would not have asked %(what)s (%(amount)s).", **values
            )
        if name == "raised":
            return self.env._(
                "%(number)s would have to be explained: %(what)s (%(amount)s).",
                **values,
            )
        return self.env._(
            "%(number)s would not have to be explained: %(what)s (%(amount)s).",
            **values,
        )


def _named(level, names):
    return f"{level} {names[level]}" if names.get(level) else str(level)
