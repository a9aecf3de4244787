from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools import inhibition, matchers


class MonitorInhibition(models.Model):
    """A firing alert that explains others: they are listed, but tell nobody."""

    _name = "monitor.inhibition"
    _description = "Monitor Inhibition"
    _inherit = ["monitor.scope"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(comodel_name="res.company")
    source_matchers = fields.Char(required=True, help="The alert that explains.")
    target_matchers = fields.Char(required=True, help="The alerts that it explains.")
    equal_labels = fields.Char(
        help="Labels in which both must agree, separated by commas."
    )
    changed = fields.Boolean(
        default=True, readonly=True, copy=False, help="Open alerts are to be reviewed."
    )

    @api.constrains("company_id", "name")  # a name is always given
    def _check_company_chosen(self):
        self._check_all_companies()

    @api.constrains("source_matchers", "target_matchers")
    def _check_matchers(self):
        for record in self:
            for text in (record.source_matchers, record.target_matchers):
                if not record._parsed(text):
                    raise ValidationError(
                        self.env._("Say at least one condition for each side.")
                    )

    @api.model
    def _parsed(self, text):
        """Return the matchers of a text; raise an error that a person understands."""
        try:
            return matchers.parse(text)
        except matchers.MatcherError as error:
            template = matchers.PROBLEMS[error.code]
            raise ValidationError(
                self.env._(template) % error.params  # pylint: disable=translation-not-lazy
            ) from error

    def write(self, vals):
        """Have open alerts reviewed by the next tick."""
        return super().write({"changed": True, **vals})

    def unlink(self):
        self.write({"active": False})
        self.env["monitor.alert"]._review_suppressed()
        return super().unlink()

    @api.model
    def _active(self):
        """Return the :class:`inhibition.Inhibition` that apply, in their order."""
        return [
            inhibition.Inhibition(
                name=record.name,
                source=matchers.parse(record.source_matchers),
                target=matchers.parse(record.target_matchers),
                equal=inhibition.split_labels(record.equal_labels),
                company=str(record.company_id.id) if record.company_id else None,
            )
            for record in self.search([])
        ]

    @api.model
    def _take_changes(self):
        """Tell whether inhibitions changed since this was asked last."""
        changed = self.with_context(active_test=False).search([("changed", "=", True)])
        changed.write({"changed": False})
        return bool(changed)
