from markupsafe import Markup

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.fields import Command

from ..tools import clock, enrichment, redaction
from .enrichment_sql import (
    DATES,
    UnfitPath,
    compile_plan,
    create_routines,
    kind_of,
    stored_path,
)
from .monitor_recorder import quiet
from .recorder_sql import call_guarded

MAX_LINES = 20


class MonitorEnrichment(models.Model):
    """What is copied from records of one model into the context of runs and events.

    Copied once, when a run or an event about one such record is recorded: what happens
    to the record later does not change what was true then.
    """

    _name = "monitor.enrichment"
    _description = "Monitor Business Context"
    _order = "model, id"

    model_id = fields.Many2one(
        comodel_name="ir.model",
        string="Records",
        required=True,
        ondelete="cascade",
        domain=[("transient", "=", False), ("abstract", "=", False)],
    )
    name = fields.Char(related="model_id.name")
    model = fields.Char(related="model_id.model", store=True, index=True)
    active = fields.Boolean(default=True)
    line_ids = fields.One2many(
        comodel_name="monitor.enrichment.line",
        inverse_name="enrichment_id",
        string="Copied Fields",
        copy=True,
    )
    rate_date_path = fields.Char(
        string="Day of the Exchange Rate",
        help="The date or time of the record at whose rate amounts are converted. "
        "Empty: the day on which the run is recorded.",
    )
    keys = fields.Char(string="Business Keys", compute="_compute_keys")
    has_amount = fields.Boolean(compute="_compute_has")
    has_problem = fields.Boolean(compute="_compute_has")
    sample_id = fields.Many2oneReference(
        model_field="model",
        string="Sample Record",
        compute="_compute_sample_id",
        readonly=False,
    )
    preview = fields.Html(compute="_compute_preview", sanitize=False)

    _model_uniq = models.UniqueIndex(
        "(model_id)", "These records have a business context already (or an archived)."
    )

    def init(self):
        create_routines(self.env.cr)

    @api.depends("line_ids.key")
    def _compute_keys(self):
        for rule in self:
            rule.keys = ", ".join(filter(None, rule.line_ids.mapped("key")))

    @api.depends("line_ids.problem", "line_ids.is_amount")
    def _compute_has(self):
        for rule in self:
            rule.has_problem = any(line.problem for line in rule.line_ids)
            rule.has_amount = any(line.is_amount for line in rule.line_ids)

    @api.depends("model_id")
    def _compute_sample_id(self):
        """Propose the newest record that the reader may see."""
        for rule in self:
            model = rule._target()
            may_read = model is not None and model.has_access("read")
            newest = may_read and model.search([], limit=1, order="id desc")
            rule.sample_id = newest.id if newest else False

    @api.depends(
        "model_id",
        "sample_id",
        "rate_date_path",
        "line_ids.key",
        "line_ids.path",
        "line_ids.convert",
    )
    def _compute_preview(self):
        for rule in self:
            rule.preview = rule._preview() if rule.model_id else False

    # Checks

    @api.constrains("model_id")
    def _check_model_id(self):
        for rule in self:
            model = rule._target()
            if model is None or model._abstract or model._transient or not model._auto:
                raise ValidationError(
                    self.env._("“%s” has no records to copy from.", rule.name)
                )

    @api.constrains("model_id", "rate_date_path")
    def _check_rate_date_path(self):
        for rule in self.filtered("rate_date_path"):
            try:
                # Odoo checks as superuser; here it matters who configures
                model = rule.sudo(False)._target()
                last = stored_path(model, rule.rate_date_path)[-1]
            except UnfitPath as error:
                raise ValidationError(
                    self.env._("Day of the exchange rate: %s", error)
                ) from None
            if last.type not in DATES:
                raise ValidationError(
                    self.env._("Day of the exchange rate: a date is expected.")
                )

    @api.constrains("model_id", "line_ids")
    def _check_line_ids(self):
        for rule in self:
            if len(rule.line_ids) > MAX_LINES:
                raise ValidationError(
                    self.env._("At most %s fields are copied of a record.", MAX_LINES)
                )
            rule.line_ids._check_path()
            clash = enrichment.first_clash(rule.line_ids._to_columns())
            if clash:
                raise ValidationError(
                    self.env._("“%s” would be filled by two of the lines.", clash)
                )

    @api.onchange("model_id")
    def _onchange_model_id(self):
        """Propose the fields that usually hold the business keys."""
        model = self._target()
        if model is None or self.line_ids:
            return

        def kind(path):
            try:
                return kind_of(model, path)
            except UnfitPath:
                return None

        suggested = enrichment.suggest(lambda path: kind(path) is not None)
        self.line_ids = [
            Command.create({"key": key, "path": path, "convert": kind(path) == "money"})
            for key, path in suggested.items()
        ]
        self.rate_date_path = enrichment.suggest_rate_date(
            lambda path: kind(path) is not None
        )

    # CRUD

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        self._forget_plans()
        return rules

    def write(self, vals):
        result = super().write(vals)
        self._forget_plans()
        return result

    def unlink(self):
        result = super().unlink()
        self._forget_plans()
        return result

    def copy_data(self, default=None):
        """A model has one rule: a copy would be refused, so say why before."""
        raise ValidationError(
            self.env._("Records of one kind have one business context.")
        )

    # Copying

    @api.model
    def _enrich(self, rows):
        """Add to the ``context`` of each row what is configured for its record.

        The one helper of whoever records something; it never raises, costs nothing
        where nothing is configured, and else one SELECT per model, in a savepoint. It
        reads what the transaction has written so far, and flushes nothing.

        :param rows: dicts with ``model``, ``res_id``, ``company_id``, ``user_id`` and
            perhaps ``context`` (a dict); a row without a record stays as it is
        """
        plans = self._plans()
        by_model = {}
        for row in rows:
            if plans and row["res_id"] and row["model"] in plans:
                by_model.setdefault(row["model"], []).append(row)
        for model, several in by_model.items():
            self._enrich_of_model(plans[model], several)

    @api.model
    def _copies_from(self, model):
        """Tell whether anything is copied from records of this model."""
        return model in self._plans()

    @api.model
    def _carry_over(self, model, before, sent):
        """Return ``sent`` with what was copied before of a record of ``model``."""
        plan = self._plans().get(model)
        return enrichment.carry_over(before, sent, plan.columns if plan else ())

    @api.model
    @quiet
    def _enrich_of_model(self, plan, rows):
        questions = {}  # (record, company, user) -> its number
        for row in rows:
            questions.setdefault(_question(row), len(questions) + 1)
        answers = self._ask(plan, list(questions))
        config = self.env["monitor.config"]
        limit, policy = config._switches().context_limit_kb * 1024, config._redaction()
        for row in rows:
            values = answers.get(str(questions[_question(row)]))
            if values is None:
                continue  # the record is gone, or another company's
            parts = enrichment.parts(plan.columns, values)
            parts = [redaction.redact(part, policy) for part in parts]
            merged = enrichment.merge(row.get("context"), parts, limit)
            row["context"] = merged or None

    @api.model
    def _ask(self, plan, questions):
        query = plan.query(questions, clock.utcnow().date())
        answers = call_guarded(self.env.cr, query.code, query.params, fetch=True)
        return answers or {}

    @api.model
    def _plans(self):
        """Return ``{model: Plan}``; without any where they cannot be read."""
        return self._read_plans() or {}

    @api.model
    @quiet
    def _read_plans(self):
        return self._cached_plans()

    @api.model
    @tools.ormcache(cache="stable")
    def _cached_plans(self):
        """Read the rules: one query after a change, none otherwise.

        Called from the capture path, hence in a savepoint. Texts are copied in the
        language of the first company, so that all people write and read the same.
        """
        cr = self.env.cr
        with cr.savepoint(flush=False):
            cr.execute(
                """
                SELECT rule.model, rule.rate_date_path,
                       json_agg(json_build_array(line.key, line.path, line.convert)
                                ORDER BY line.sequence, line.id),
                       (SELECT partner.lang FROM res_company company
                          JOIN res_partner partner ON partner.id = company.partner_id
                         ORDER BY company.id LIMIT 1)
                  FROM monitor_enrichment rule
                  JOIN monitor_enrichment_line line ON line.enrichment_id = rule.id
                 WHERE rule.active
                 GROUP BY rule.id
                """,
                log_exceptions=False,
            )
            found = cr.fetchall()
        plans = {row[0]: self._compile(*row) for row in found if row[0] in self.env}
        return {model: plan for model, plan in plans.items() if plan}

    @api.model
    @quiet
    def _compile(self, model, rate_date, lines, lang):
        # sudo: what is copied does not depend on who happens to trigger an automation;
        # who configures it must be able to read it, see enrichment_sql.stored_path()
        records = self.env[model].sudo().with_context(lang=lang)
        return compile_plan(records, lines, rate_date)

    @api.model
    def _forget_plans(self):
        """Have the rules read anew, also where they were read before the commit."""
        self.flush_model()
        self.env["monitor.enrichment.line"].flush_model()
        registry = self.env.registry
        registry.clear_cache("stable")
        self.env.cr.postcommit.add(lambda: registry.clear_cache("stable"))

    # Preview

    def _target(self):
        """Return the empty recordset of the model, ``None`` if there is none."""
        # not by model_id: who may read this rule may not read that
        return self.env.get(self.model) if self.model else None

    def _preview(self):
        """Return what would be copied from the sample record, as a table."""
        self.ensure_one()
        record = self._sample()
        lines = [line._to_rule() for line in self.line_ids if line.key and line.path]
        # As the reader: a path that is not saved yet was not checked for her yet.
        readable = [line for line in lines if not self._problem_of(*line)]
        if not record or not readable:
            return Markup("<p class='text-muted'>%s</p>") % (
                self.env._("Nothing would be copied.")
                if record
                else self.env._("There is no record that you may read.")
            )
        row = self._sample_row(record)
        plan = self._compile(self.model, self.rate_date_path, readable, self.env.lang)
        self._enrich_of_model(plan, [row])
        return Markup("<dl class='row mb-0'>%s</dl>") % Markup().join(
            Markup("<dt class='col-5 fw-normal text-muted'>%s</dt><dd class='col-7'>%s")
            % (name, value)
            + Markup("</dd>")
            for name, value in (row["context"] or {}).items()
        )

    def _sample(self):
        """Return the sample record if the reader may see it, else nothing."""
        model = self._target()
        record = model.browse(self.sample_id).exists() if self.sample_id else model
        return record if record.has_access("read") else model

    def _sample_row(self, record):
        company = "company_id" in record._fields and record.company_id
        return {
            "model": record._name,
            "res_id": record.id,
            "company_id": company.id if company else self.env.company.id,
            "user_id": self.env.uid,
            "context": None,
        }

    def _problem_of(self, _key, path, convert):
        """Return why ``path`` cannot be copied, or ``False``.

        As superuser it is the same for all readers; else it is also a problem that the
        user may not read there.
        """
        model = self._target()
        if model is None:
            return self.env._("These records do not exist any more.")
        try:
            kind_of(model, path, convert)
        except UnfitPath as error:
            return str(error)
        return False


def _question(row):
    return row["res_id"], row["company_id"], row["user_id"]
