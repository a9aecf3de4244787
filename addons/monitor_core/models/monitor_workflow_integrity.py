from odoo import api, models
from odoo.exceptions import AccessError

from ..tools import slug
from .monitor_health import WRITTEN

# When to look again and when to expect a run are worked out here, too.
WORKED_OUT = {"next_expected_at", "next_check_at"}
VERDICT = WRITTEN.keys() - WORKED_OUT


class MonitorWorkflowIntegrity(models.AbstractModel):
    """What nobody may write on a workflow, and what a copy of one is like."""

    _name = "monitor.workflow.integrity"
    _description = "Monitored Workflow: Integrity"

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._refuse_verdict(vals)
        context = {
            key: value
            for key, value in self.env.context.items()
            if key.removeprefix("default_") not in VERDICT  # defaults are values, too
        }
        records = self.with_env(self.env(context=context))
        return super(MonitorWorkflowIntegrity, records).create(vals_list)

    def write(self, vals):
        self._refuse_verdict(vals)
        return super().write(vals)

    @api.model
    def _refuse_verdict(self, vals):
        """Health comes from recorded runs alone (``monitor.health``, in plain SQL)."""
        refused = VERDICT & vals.keys()
        if not self.env.su:  # an empty next_check_at only asks to look again
            refused |= {name for name in WORKED_OUT & vals.keys() if vals[name]}
        if refused:
            raise AccessError(
                self.env._(
                    "The health of a workflow is worked out from its runs and cannot "
                    "be written (%s). Pause the workflow to have it not judged.",
                    ", ".join(sorted(refused)),
                )
            )

    def copy_data(self, default=None):
        """Give each copy a free code; it has no source, others report its runs."""
        taken = set()
        copies = super().copy_data(default)
        for workflow, vals in zip(self, copies, strict=True):
            if "code" not in (default or {}):
                vals["code"] = self._free_code(workflow.code, taken)
            if "name" not in (default or {}):
                vals["name"] = self.env._("%s (copy)", workflow.name)
            if workflow.source_model:
                vals.update(
                    kind="flow",
                    captured=True,
                    run_now_allowed=False,
                    source_state="active",
                )
                if vals["schedule_type"] == "source":
                    vals["schedule_type"] = "none"
        return copies

    @api.model
    def _free_code(self, code, taken):
        """Return a code for a copy that no workflow of any company has."""
        # sudo: codes are unique across companies
        workflows = self.sudo().with_context(active_test=False)
        for candidate in slug.copies_of(code):
            if candidate not in taken and not workflows.search_count(
                [("code", "=", candidate)], limit=1
            ):
                taken.add(candidate)
                return candidate
