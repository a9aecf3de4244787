from lxml import etree

from odoo import api, models

from ..tools.span import current_span
from .change_recorder import (
    is_followed,
    note_quietly,
    read_quietly,
    rows_quietly,
    without_room,
)
from .monitor_change import READERS

ACTION = "monitor_core.monitor_change_action_record"


class Base(models.AbstractModel):
    """Any record can say which automation changed it.

    Nothing is done, and nothing asked, unless an automation runs and the model is one
    of those that the settings name. Their forms get a button that leads to the changes.
    """

    _inherit = "base"

    def write(self, vals):
        """Note what changes while an automation runs."""
        span = current_span.get()
        if span is None or not is_followed(self, span):
            return super().write(vals)
        before, further = read_quietly(self, vals), without_room(self)
        result = super().write(vals)
        if before is not None:
            rows = rows_quietly(self, span, "write", before)
            note_quietly(self.env, rows, further)
        return result

    @api.model_create_multi
    def create(self, vals_list):
        """Note what an automation makes."""
        records = super().create(vals_list)
        span = current_span.get()
        if span is not None and is_followed(self, span):
            further = without_room(records)
            note_quietly(self.env, rows_quietly(records, span, "create"), further)
        return records

    def unlink(self):
        """Note what an automation deletes."""
        span = current_span.get()
        if span is None or not is_followed(self, span):
            return super().unlink()
        rows, further = rows_quietly(self, span, "unlink"), without_room(self)
        result = super().unlink()
        note_quietly(self.env, rows, further)
        return result

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        arch, view = super()._get_view(view_id, view_type, **options)
        if view_type == "form" and (
            self._name in self.env["monitor.config"]._followed_models()
        ):
            self._monitor_add_button(arch)
        return arch, view

    @api.model
    def _monitor_add_button(self, arch):
        """Add the button to the form's own box of buttons, where it has one."""
        box = arch.find(".//div[@name='button_box']")
        # sudo: whoever opens the form need not be able to read actions
        action = self.env.ref(ACTION, raise_if_not_found=False)
        if box is None or not action:
            return
        box.append(
            etree.Element(
                "button",
                {
                    "name": str(action.sudo().id),
                    "type": "action",
                    "class": "oe_stat_button",
                    "icon": "fa-history",
                    "string": self.env._("Automations that changed this"),
                    "groups": READERS,
                },
            )
        )
