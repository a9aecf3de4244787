from odoo import api, models


class Base(models.AbstractModel):
    """Documents that are approved are noted when they change; nothing else is asked."""

    _inherit = "base"

    def write(self, vals):
        """Note who changes a document, and how."""
        capture = self.env["monitor.approval.capture"]
        watch = capture._watch(self._name)
        if watch is None:
            return super().write(vals)
        result = super().write(vals)
        if watch["fields"] & vals.keys():
            capture._note(self, watch)
        capture._refuse_unapproved(self, watch, vals)
        return result

    def _write_multi(self, vals_list):
        watch = self.env["monitor.approval.capture"]._watch(self._name)
        if watch is not None:
            self.env["monitor.approval.capture"]._note_flushed(self, watch, vals_list)
        return super()._write_multi(vals_list)

    @api.model_create_multi
    def create(self, vals_list):
        """Note new documents."""
        records = super().create(vals_list)
        capture = self.env["monitor.approval.capture"]
        watch = capture._watch(self._name)
        if watch is not None:
            capture._note(records, watch, is_new=True)
            capture._refuse_unapproved(records, watch, watch["fields"])
        return records

    def unlink(self):
        """Note what is deleted."""
        capture = self.env["monitor.approval.capture"]
        watch = capture._watch(self._name)
        if watch is not None:
            capture._note(self, watch)
        return super().unlink()
