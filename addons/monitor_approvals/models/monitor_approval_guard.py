from odoo import api, models
from odoo.exceptions import UserError


class MonitorApprovalGuard(models.AbstractModel):
    """Refuses, where a policy says so, what nobody approved.

    This is the one place where the suite interferes with a business transaction, and it
    does so because an administrator asked for it.
    """

    _inherit = "monitor.approval.capture"

    @api.model
    def _refuse_unapproved(self, records, watch, names):
        """Raise where one of these became approved without an approval.

        :param names: the fields that were written
        """
        # nearly always none: then a business transaction pays nothing here
        if not watch["enforcing"] or self.env.uid == self.env.ref("base.user_root").id:
            return  # OdooBot and installations; found afterwards
        # sudo: what needs an approval does not depend on who changes it
        for policy in (
            self.env["monitor.approval.policy"].sudo().browse(watch["enforcing"])
        ):
            missing = policy._unapproved(records, set(names))
            if missing:
                raise UserError(
                    self.env._(
                        "“%(what)s” needs an approval first (%(policy)s), of what it "
                        "says now. Ask for it with “Request approval”.",
                        what=missing[0].display_name,
                        policy=policy.name,
                    )
                )
