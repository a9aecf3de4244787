from odoo import api, fields, models
from odoo.exceptions import ValidationError


class MonitorScope(models.AbstractModel):
    """What somebody limited to some workflows, rules, tags or teams.

    Nothing chosen means everywhere. Where what was chosen is deleted or archived, that
    does not become everywhere: it is nowhere.
    """

    _name = "monitor.scope"
    _description = "Monitor Scope"
    _scope_fields = ()

    scoped_by = fields.Char(
        readonly=True, copy=False, help="Which of the limits were set, by field."
    )

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._note_scope()
        return records

    def write(self, vals):
        result = super().write(vals)
        if set(self._scope_fields) & vals.keys():
            self._note_scope()
        return result

    def _note_scope(self):
        for record in self.with_context(active_test=False):
            names = [name for name in self._scope_fields if record[name]]
            noted = ",".join(names) or False
            if record.scoped_by != noted:
                record.sudo().scoped_by = noted  # sudo: worked out, not given

    def _check_all_companies(self):
        """Refuse what concerns all companies of who may not act in all of them."""
        if all(record.company_id for record in self):
            return
        user = self.env.user  # Odoo checks constraints as superuser
        companies = self.env["res.company"].sudo()  # sudo: how many there are
        if not user._is_superuser() and companies.search_count(
            [("id", "not in", user.company_ids.ids)], limit=1
        ):
            raise ValidationError(
                self.env._("Choose a company: you may not act in all of them.")
            )

    def _scope(self, name):
        """Return the ids of a limit, archived ones too; ``None`` if it is none."""
        self.ensure_one()
        chosen = set(self.with_context(active_test=False)[name].ids)
        saved = bool(self._ids and self._ids[0])  # in a form, what is shown counts
        limited = saved and name in (self.scoped_by or "").split(",")
        return chosen if chosen or limited else None
