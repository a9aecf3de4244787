from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.monitor_core.models.monitor_recorder import note_self_error

from .reviews_sql import told_by_reviews

OPEN = "('review_ids', 'any', [('status', 'in', ('waiting', 'pending'))])"
REFUSED = "('review_ids', 'any', [('status', '=', 'rejected')])"
PASSED = "('review_ids', 'any', [('status', '=', 'approved')])"
#: What matters after an approval, where a document has it.
MATERIAL = ("partner_id", "partner_bank_id")
LINES = ("order_line", "invoice_line_ids", "line_ids")
OF_LINES = ("product_id", "product_qty", "product_uom_qty", "quantity", "price_unit")
UNFINISHED = "('review_ids', 'any', [('status', '!=', 'approved')])"


class MonitorApprovalPolicy(models.Model):
    """Documents under OCA's tier validation: its reviews are the tiers."""

    _inherit = "monitor.approval.policy"

    adapter = fields.Selection(
        selection_add=[("tier_validation", "Tier validation (OCA)")],
        ondelete={"tier_validation": "set default"},
    )

    @api.model
    def _discover(self):
        """Make a policy for each model that has tier definitions and no policy."""
        made = super()._discover()
        # sudo: definitions of all companies; part of a scheduled action
        defined = (
            self.env["tier.definition"]
            .sudo()
            ._read_group([("model", "!=", False)], ["model"])
        )
        policies = self.sudo().with_context(active_test=False)
        known = policies.search([("adapter", "=", "tier_validation")])
        models_ = {model for (model,) in defined} - set(known.mapped("model"))
        return made | policies.create(
            [
                self._tier_validation_policy(model)
                for model in sorted(models_)
                if self._has_reviews(model)
            ]
        )

    @api.model
    def _has_reviews(self, model):
        """Return whether documents of a model are validated, and their state stored."""
        if model not in self.env or "review_ids" not in self.env[model]._fields:
            return False
        records = self.env[model]
        state = records._fields.get(records._state_field)
        return bool(state and state.store)

    @api.model
    def _tier_validation_policy(self, model):
        """Return the values of the policy of a model, by its tier validation."""
        records = self.env[model]
        begun = f"({records._state_field!r}, 'in', {tuple(records._state_from)!r})"
        ended = f"({records._state_field!r}, 'in', {tuple(records._state_to)!r})"
        what = self.env["ir.model"]._get(model)
        currency = "currency_id" in records._fields and "currency_id"
        return {
            "name": self.env._("Tier validation: %s", what.name),
            "model_id": what.id,
            "adapter": "tier_validation",
            "workflow_id": self.env.ref("monitor_tier_validation.workflow_review").id,
            "pending_domain": f"[{begun}, {OPEN}]",
            "rejected_domain": f"[{begun}, {REFUSED}]",
            "approved_domain": f"['|', {ended}, '&', {PASSED}, '!', {UNFINISHED}]",
            "amount_path": self._amount_field(records),
            "currency_path": currency,
            "material_paths": ", ".join(self._material_fields(records)),
        }

    @api.model
    def _amount_field(self, records):
        names = ("amount_total", "total_amount", "amount")
        return next((name for name in names if self._is_column(records, name)), False)

    @api.model
    def _material_fields(self, records):
        found = [name for name in MATERIAL if self._is_column(records, name)]
        for name in LINES:
            field = records._fields.get(name)
            if field is not None and field.type == "one2many" and field.inverse_name:
                lines = self.env[field.comodel_name]
                found += [
                    f"{name}.{column}"
                    for column in OF_LINES
                    if self._is_column(lines, column)
                ]
        return found

    @api.model
    def _is_column(self, records, name):
        field = records._fields.get(name)
        return bool(field and field.store and field.column_type)

    def _tell_tiers(self, records, matches):
        if self.adapter != "tier_validation":
            return super()._tell_tiers(records, matches)
        # sudo: what is asked does not depend on who reads it
        definitions = (
            self.env["tier.definition"].sudo().search([("model", "=", records._name)])
        )
        usable = definitions.filtered(lambda one: self._is_usable(one, matches))
        return told_by_reviews(records, usable, matches)

    @api.model
    def _is_usable(self, definition, matches):
        """Return whether the documents of a definition can be found by SQL."""
        try:
            matches(definition.definition_domain)
        except Exception as error:
            note_self_error(self.env, "tier_definition", error)
            return False
        return True

    def _decide_in_documents(self, approvals, verb, comment):
        """Validate or reject the documents' open tiers, as the user."""
        # sudo: approvers need not read policies
        if self.sudo().adapter != "tier_validation":
            return super()._decide_in_documents(approvals, verb, comment)
        documents = self._documents(approvals)
        for document in documents:
            self._decide_reviews(document, verb, comment)
        return self._tell_documents(documents, comment)

    def _decide_reviews(self, document, verb, comment):
        """Do what the buttons of the document do, with the comment given here."""
        levels = document._get_sequences_to_approve(self.env.user)
        reviews = document.review_ids.filtered(
            lambda one: (
                one.sequence in levels
                or (verb == "approve" and one.approve_sequence_bypass)
            )
        )
        if not any(self.env.user in one.reviewer_ids for one in reviews):
            raise UserError(
                self.env._(
                    "You are no reviewer of “%s”: who stands in for one cannot decide "
                    "in tier validation.",
                    document.display_name,
                )
            )
        if comment:
            mine = reviews.filtered(lambda one: self.env.user in one.reviewer_ids)
            mine.filtered(lambda one: one.status == "pending").comment = comment
        if verb == "approve":
            document._validate_tier(reviews)
        else:
            document._rejected_tier(reviews)
        document._update_counter({"review_deleted": True})
