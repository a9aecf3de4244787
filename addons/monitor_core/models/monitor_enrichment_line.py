from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools import enrichment
from .enrichment_sql import UnfitPath, kind_of, label_of

OTHER = "other"
TOPICS = [
    ("value", "Value"),
    ("department", "Department"),
    ("approval_owner", "Approval owner"),
    ("customer_tier", "Customer tier"),
    ("warehouse", "Warehouse"),
    ("supplier_criticality", "Supplier criticality"),
    ("sla_category", "SLA category"),
    (OTHER, "Other"),
]


class MonitorEnrichmentLine(models.Model):
    """One field that is copied, and the business key under which it is found."""

    _name = "monitor.enrichment.line"
    _description = "Monitor Business Context: Field"
    _rec_name = "key"
    _order = "sequence, id"

    enrichment_id = fields.Many2one(
        comodel_name="monitor.enrichment",
        string="Business Context",
        required=True,
        index=True,
        ondelete="cascade",
    )
    sequence = fields.Integer(default=10)
    model = fields.Char(related="enrichment_id.model")
    topic = fields.Selection(
        selection=TOPICS,
        string="Meaning",
        compute="_compute_topic",
        inverse="_inverse_topic",
    )
    key = fields.Char(
        string="Business Key",
        required=True,
        help="Where the value is found in the context.",
    )
    path = fields.Char(string="Field", required=True)
    convert = fields.Boolean(
        string="In Company Currency",
        help="Convert an amount into the currency of the record's company.",
    )
    label = fields.Char(string="Known As", compute="_compute_reading")
    is_amount = fields.Boolean(compute="_compute_reading")
    problem = fields.Char(compute="_compute_reading")

    @api.depends("key")
    def _compute_topic(self):
        for line in self:
            known = line.key in enrichment.SUGGESTED
            line.topic = line.key if known else line.key and OTHER

    @api.onchange("topic")
    def _inverse_topic(self):
        for line in self:
            if line.topic and line.topic != OTHER:
                line.key = line.topic

    @api.depends("enrichment_id.model", "path", "convert")
    def _compute_reading(self):
        for line in self:
            # sudo: whoever reads this, it says whether the field is copied
            rule = line.enrichment_id.sudo()
            model = rule._target()
            checked = rule.model and line.path
            line.problem = checked and rule._problem_of(*line._to_rule())
            known = checked and model is not None
            line.label = known and label_of(model, line.path)
            line.is_amount = known and line._kind(model) == "money"

    def _kind(self, model):
        """Return the kind of column that this fills, ``None`` if it cannot be read."""
        try:
            return kind_of(model, self.path)
        except UnfitPath:
            return None

    @api.constrains("key")
    def _check_key(self):
        for line in self:
            if not enrichment.is_valid_key(line.key):
                raise ValidationError(
                    self.env._(
                        "Business key “%s”: up to 40 small letters, digits and "
                        "underscores, a letter first.",
                        line.key,
                    )
                )

    @api.constrains("path", "convert")
    def _check_path(self):
        for line in self:
            # Odoo checks as superuser; here it matters who configures
            rule = line.enrichment_id.sudo(False)
            problem = rule._problem_of(*line._to_rule())
            if problem:
                raise ValidationError(
                    self.env._("%(key)s: %(problem)s", key=line.key, problem=problem)
                )

    @api.constrains("enrichment_id", "key", "path")
    def _check_siblings(self):
        self.enrichment_id._check_line_ids()

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        self.env["monitor.enrichment"]._forget_plans()
        return lines

    def write(self, vals):
        result = super().write(vals)
        self.env["monitor.enrichment"]._forget_plans()
        return result

    def unlink(self):
        result = super().unlink()
        self.env["monitor.enrichment"]._forget_plans()
        return result

    def _to_rule(self):
        """Return ``(key, path, convert)``."""
        self.ensure_one()
        return self.key, self.path, self.convert

    def _to_columns(self):
        """Return what the lines fill; one whose field is gone fills nothing."""
        columns = []
        for line in self:
            model = line.enrichment_id._target()
            kind = line._kind(model.sudo())
            if kind:
                columns.append(enrichment.Column(line.key, kind))
        return columns
