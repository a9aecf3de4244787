from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.monitor_core.tools import clock
from odoo.addons.monitor_core.tools.scales import SEVERITIES

from ..tools.scales import EXCEPTION_KINDS, EXCEPTION_STATES

#: What people may write themselves.
ASSIGNED = {
    "user_id",
    "explain_by",
    "activity_ids",
    "message_follower_ids",
    "message_ids",
    "message_main_attachment_id",
}


class MonitorApprovalException(models.Model):
    """A breach that was found: its evidence, and what was said of it."""

    _name = "monitor.approval.exception"
    _description = "Monitor Approval Exception"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "monitor.about.record",
        "monitor.record.link",
        "monitor.approval.exception.text",
    ]
    _order = "found_at desc, id desc"
    _rec_name = "record_name"

    approval_id = fields.Many2one(
        comodel_name="monitor.approval",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    policy_id = fields.Many2one(
        comodel_name="monitor.approval.policy",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    kind = fields.Selection(
        selection=EXCEPTION_KINDS, required=True, readonly=True, index=True
    )
    severity = fields.Selection(selection=SEVERITIES, required=True, readonly=True)
    state = fields.Selection(
        selection=EXCEPTION_STATES,
        default="open",
        required=True,
        readonly=True,
        tracking=True,
        index=True,
    )
    count = fields.Integer(readonly=True, default=1)
    evidence = fields.Json(readonly=True)
    fingerprint = fields.Char(required=True, readonly=True)
    found_at = fields.Datetime(required=True, readonly=True)
    last_seen_at = fields.Datetime(readonly=True)
    resolved_at = fields.Datetime(readonly=True)
    model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(
        model_field="model", string="Document", readonly=True
    )
    record_name = fields.Char(string="What", readonly=True)
    amount_company = fields.Monetary(
        string="Amount", readonly=True, currency_field="company_currency_id"
    )
    company_currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="To Be Explained By",
        tracking=True,
        ondelete="restrict",
    )
    person_ids = fields.Many2many(
        comodel_name="res.users",
        relation="monitor_approval_exception_person_rel",
        string="Who",
        readonly=True,
    )
    explain_by = fields.Datetime(string="Until", tracking=True)
    explanation = fields.Text(readonly=True, tracking=True)
    waived_until = fields.Datetime(readonly=True, tracking=True)
    waived_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, ondelete="restrict"
    )
    waiver_reason = fields.Text(readonly=True)
    resolved_by_id = fields.Many2one(
        comodel_name="res.users",
        string="Closed By",
        readonly=True,
        ondelete="restrict",
        help="Empty: it is not so any more.",
    )
    resolution = fields.Text(string="Closed Because", readonly=True, tracking=True)
    company_id = fields.Many2one(
        comodel_name="res.company", readonly=True, ondelete="restrict", index=True
    )

    _open_uniq = models.UniqueIndex("(fingerprint) WHERE state <> 'resolved'")
    _waived_idx = models.Index("(waived_until) WHERE state = 'waived'")

    @api.model_create_multi
    def create(self, vals_list):
        """Refuse but to the rules that find them."""
        self._only_found()
        return super().create(vals_list)

    def write(self, vals):
        """Let people say who explains it by when; all else follows from acts."""
        if vals.keys() - ASSIGNED:
            self._only_found()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _never_delete(self):
        raise UserError(self.env._("An exception is evidence and cannot be deleted."))

    def _only_found(self):
        if not self.env.su:
            raise AccessError(
                self.env._("Explain, accept or close an exception; do not edit it.")
            )

    # -- Finding ---------------------------------------------------------------

    @api.model
    def _raise_all(self, found, now):
        """Note breaches; what is known already is only brought up to date.

        :param list found: values with ``fingerprint``, ``kind``, ``severity``,
            ``evidence``, ``count``, ``person_ids`` (ids) and columns of the record
        :return: the exceptions
        """
        # sudo: exceptions are found, not made by hand
        exceptions = self.sudo()
        known = {
            one.fingerprint: one
            for one in exceptions.search(
                [
                    ("fingerprint", "in", [one["fingerprint"] for one in found]),
                    ("state", "!=", "resolved"),
                ]
            )
        }
        new = {}
        for values in found:
            values = {**values, "last_seen_at": now}
            values["person_ids"] = [(6, 0, values.get("person_ids") or [])]
            before = known.get(values["fingerprint"])
            if before:
                before._bring_up_to_date(values)
            else:
                new[values["fingerprint"]] = {"found_at": now, **values}
        quietly = exceptions.with_context(
            tracking_disable=True, mail_create_nosubscribe=True
        )
        made = quietly.create(list(new.values()))
        return made.with_env(self.env) + exceptions.concat(*known.values())

    def _bring_up_to_date(self, values):
        changed = {
            name: values[name]
            for name in ("count", "evidence", "severity", "person_ids")
            if name in values
        }
        if self.evidence != values["evidence"] or self.count != values.get("count", 1):
            if self.state in ("waived", "explained"):
                # what was said is about something else
                changed |= {"state": "open", "waived_until": False}
            self.with_context(tracking_disable=True).write(changed)

    def _settle(self, now):
        """It is not so any more: nobody has to explain it."""
        open_ = self.filtered(lambda one: one.state != "resolved")
        # sudo: as it was found, so it ends
        open_.sudo().write({"state": "resolved", "resolved_at": now})

    # -- What people do --------------------------------------------------------

    def action_explain(self, explanation):
        """Say how it came about; anybody whom it concerns may.

        :param str explanation: a sentence at least
        """
        self._needs_text(explanation)
        self.check_access("read")
        manager = self.env.user.has_group("monitor_core.group_monitor_operator")
        for one in self:
            if not manager and self.env.user not in one.person_ids + one.user_id:
                raise AccessError(
                    self.env._("Only who is asked can explain “%s”.", one.display_name)
                )
        # sudo: explaining is open to those who may not write exceptions
        self.sudo().filtered(lambda one: one.state == "open").write(
            {"state": "explained", "explanation": explanation.strip()}
        )
        return True

    def action_waive(self, reason, until):
        """Accept it until a moment; nobody waives their own.

        :param str reason: why it is accepted
        :param datetime until: when it has to be looked at again
        """
        self._needs_text(reason)
        self._needs_manager()
        until = fields.Datetime.to_datetime(until)
        if not until or until <= clock.utcnow():
            raise UserError(self.env._("Say until when: a moment to come."))
        self._needs_open()
        for one in self:
            if self.env.user in one.person_ids:
                raise UserError(
                    self.env._(
                        "“%s” is about yourself: somebody else has to accept it.",
                        one.display_name,
                    )
                )
        self.sudo().write(  # sudo: checked above
            {
                "state": "waived",
                "waived_until": until,
                "waived_by_id": self.env.uid,
                "waiver_reason": reason.strip(),
            }
        )
        return True

    def action_resolve(self, reason):
        """Close it: what had to be done was done, by others than those concerned."""
        self._needs_text(reason)
        self._needs_manager()
        if self.env.user in self.person_ids:
            raise UserError(
                self.env._("This is about yourself: somebody else has to close it.")
            )
        self._needs_open()
        self.sudo().write(  # sudo: checked above
            {"resolution": reason.strip(), "resolved_by_id": self.env.uid}
        )
        self._settle(clock.utcnow())
        return True

    @api.model
    def _reopen_expired(self, now):
        """What was accepted for a time has to be looked at again."""
        # sudo: part of a scheduled action
        expired = self.sudo().search(
            [("state", "=", "waived"), ("waived_until", "<=", now)]
        )
        expired.write({"state": "open", "waived_until": False})
        return expired

    def _needs_text(self, text):
        if not (text or "").strip():
            raise UserError(self.env._("Say why, in a sentence."))

    def _needs_open(self):
        for one in self:
            if one.state == "resolved":
                raise UserError(self.env._("“%s” is closed already.", one.display_name))

    def _needs_manager(self):
        if not self.env.user.has_group("monitor_core.group_monitor_manager"):
            raise AccessError(
                self.env._("Only a manager of the Monitor can accept or close this.")
            )
