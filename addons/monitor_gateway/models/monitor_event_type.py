import json
from datetime import timedelta

import jsonschema

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from odoo.addons.monitor_core.models.columns import LooseMany2one
from odoo.addons.monitor_core.tools import clock

from ..tools import event_type as type_names
from ..tools import run_event

MAX_ASKED = 200  # characters of a schema that a complaint quotes
EXAMPLE = "com.example.order.paid"
SHOWN_EVENTS = 20
WEEK, MONTH = timedelta(days=7), timedelta(days=30)
# Only rows that differ are written. A day is in or out as a whole: the last week is
# today and the six days before.
FIGURES = """
    UPDATE monitor_event_type t SET
           event_count_7d = f.week, event_count_30d = f.month,
           flagged_count = f.flagged, last_seen_at = f.last_seen_at,
           last_flagged_at = f.last_flagged_at, last_flag = f.last_flag,
           last_flag_company_id = f.company_id
      FROM (
        SELECT t.id, count.*, last.last_flagged_at, last.last_flag, last.company_id
          FROM monitor_event_type t,
               LATERAL (
                   SELECT coalesce(sum(event_count)
                              FILTER (WHERE day > %(week)s), 0)::int AS week,
                          coalesce(sum(event_count)
                              FILTER (WHERE day > %(month)s), 0)::int AS month,
                          coalesce(sum(invalid_count + unregistered_count)
                              FILTER (WHERE day > %(week)s), 0)::int AS flagged,
                          max(k.last_seen_at) AS last_seen_at
                     FROM monitor_event_tally k WHERE k.name = t.name) count
               LEFT JOIN LATERAL (
                   SELECT last_flagged_at, last_flag, company_id
                     FROM monitor_event_tally k
                    WHERE k.name = t.name AND last_flag IS NOT NULL
                    ORDER BY last_flagged_at DESC, k.id DESC LIMIT 1) last ON TRUE
         WHERE %(names)s::varchar[] IS NULL OR t.name = ANY(%(names)s)) f
     WHERE t.id = f.id
       AND (t.event_count_7d, t.event_count_30d, t.flagged_count, t.last_seen_at,
            t.last_flagged_at, t.last_flag, t.last_flag_company_id)
           IS DISTINCT FROM (f.week, f.month, f.flagged, f.last_seen_at,
            f.last_flagged_at, f.last_flag, f.company_id)
"""


class MonitorEventType(models.Model):
    """What kinds of events there are, and what their data must look like.

    An event of a type that is not registered, or whose data breaks its schema, is
    accepted all the same: it is flagged, and the sender's mistake can be seen.
    """

    _name = "monitor.event.type"
    _description = "Monitor Event Type"
    _inherit = ["mail.thread"]
    _order = "name"

    name = fields.Char(
        string="Type",
        required=True,
        tracking=True,
        help="Reversed domain, then what happened, as in com.example.order.paid.",
    )
    version = fields.Char(default="1", tracking=True)
    description = fields.Text(translate=True)
    schema = fields.Text(
        string="JSON Schema", tracking=True, help="What the data must look like."
    )
    business_fields = fields.Char(
        help="Fields of the data that say what it is about, such as order, amount."
    )
    owner_id = fields.Many2one(comodel_name="res.users", tracking=True)
    active = fields.Boolean(default=True)
    event_ids = fields.One2many(
        comodel_name="monitor.event", compute="_compute_event_ids", string="Last Events"
    )

    # How often it comes: written by the tick in plain SQL, never by hand
    event_count_7d = fields.Integer(
        string="Events (7 d)", readonly=True, copy=False, help="Of all companies."
    )
    event_count_30d = fields.Integer(
        string="Events (30 d)", readonly=True, copy=False, help="Of all companies."
    )
    flagged_count = fields.Integer(
        string="Flagged (7 d)",
        readonly=True,
        copy=False,
        help="Events of the last seven days that are not what this type promises, or "
        "came before it was registered.",
    )
    last_seen_at = fields.Datetime(readonly=True, copy=False)
    last_flagged_at = fields.Datetime(readonly=True, copy=False)
    last_flag = fields.Char(readonly=True, copy=False, groups=fields.NO_ACCESS)
    last_flag_company_id = LooseMany2one(
        comodel_name="res.company",
        readonly=True,
        copy=False,
        groups=fields.NO_ACCESS,
    )
    last_complaint = fields.Char(
        compute="_compute_last_complaint",
        help="Why the last flagged event was flagged.",
    )

    _name_uniq = models.UniqueIndex("(name)")

    @api.constrains("name")
    def _check_name(self):
        for event_type in self:
            if type_names.is_ours(event_type.name):
                raise ValidationError(
                    self.env._(
                        "Type: names that begin with “%s” are the Monitor's own.",
                        run_event.PREFIX,
                    )
                )
            if not type_names.is_valid(event_type.name):
                raise ValidationError(
                    self.env._(
                        "Type: “%(name)s” is no name of a type. Begin with your "
                        "domain, reversed, in small letters: %(example)s.",
                        name=event_type.name,
                        example=EXAMPLE,
                    )
                )

    @api.constrains("schema")
    def _check_schema(self):
        for event_type in self.filtered("schema"):
            try:
                schema = json.loads(event_type.schema)
                jsonschema.Draft202012Validator.check_schema(schema)
            except (ValueError, jsonschema.SchemaError) as error:
                message = getattr(error, "message", str(error))
                raise ValidationError(
                    self.env._("JSON Schema: %s", message[:300])
                ) from None
            if "$ref" in event_type.schema and not _refers_to_itself(schema):
                raise ValidationError(
                    self.env._("JSON Schema: “$ref” may only point into the schema.")
                )

    @api.depends("event_count_7d")
    def _compute_event_ids(self):
        """Find the last events; none is looked for where the tick has counted none."""
        since = clock.utcnow() - WEEK
        events = self.env["monitor.event"]
        for event_type in self:
            domain = [("event_type", "=", event_type.name)]
            domain += [("recorded_at", ">=", since)]
            limit = min(SHOWN_EVENTS, event_type.event_count_7d)
            if limit:
                event_type.event_ids = events.search(domain, limit=limit)
            else:
                event_type.event_ids = events

    @api.depends("last_flag", "last_flag_company_id")
    @api.depends_context("uid")
    def _compute_last_complaint(self):
        """Quote a complaint, which holds data, to people of that company only."""
        companies = self.env.user.company_ids.ids
        for event_type in self:
            # sudo: the complaint is shown here to those who may see it, nowhere else
            said = event_type.sudo()
            known = said.last_flag_company_id.id in companies
            event_type.last_complaint = said.last_flag if known else False

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        types = super().create(vals_list)
        types._refresh_own_figures()
        return types

    def write(self, vals):
        self.env.registry.clear_cache()
        result = super().write(vals)
        if "name" in vals:
            self._refresh_own_figures()
        return result

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    # Figures

    def _refresh_own_figures(self):
        """Show at once what came before somebody registered it."""
        self._refresh_figures(clock.utcnow().date(), self.mapped("name"))

    @api.model
    def _refresh_figures(self, today, names=None):
        """Bring the figures of these types up to date, of all of them for ``None``."""
        if names is not None and not names:
            return
        self.flush_model()
        self.env.cr.execute(
            FIGURES, {"week": today - WEEK, "month": today - MONTH, "names": names}
        )
        self.invalidate_model(flush=False)

    # What an event must be like

    @api.model
    def _complaints(self, envelopes):
        """Return, for each event, why it is not what its type promises, or ``None``."""
        validators = self._validators()
        return [self._complaint(envelope, validators) for envelope in envelopes]

    @api.model
    def _complaint(self, envelope, validators):
        if envelope.type.startswith(run_event.PREFIX):
            return run_event.complaint(envelope)
        if envelope.type not in validators:
            return "type: is not registered"
        validator = validators[envelope.type]
        if validator is None:
            return None
        error = jsonschema.exceptions.best_match(validator.iter_errors(envelope.data))
        if error is None:
            return None
        place = "".join(
            f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.path
        )
        return f"data{place}: {in_words(error)}"

    @api.model
    @tools.ormcache()
    def _validators(self):
        """Return ``{type: validator or None}`` of all registered types."""
        # sudo: a service account reports events, it does not read the registry
        types = self.sudo().search([("active", "=", True)])
        return {
            event_type.name: jsonschema.Draft202012Validator(
                json.loads(event_type.schema)
            )
            if event_type.schema
            else None
            for event_type in types
        }


def in_words(error):
    """Return what a schema asks for and data lack; never quotes the data.

    jsonschema's own message does, and a secret of the wrong type stays a secret.
    """
    if error.validator == "required":  # names what the schema asks for, nothing else
        return error.message
    asked = json.dumps(error.validator_value, ensure_ascii=False)[:MAX_ASKED]
    return f"does not fit “{error.validator}”: {asked}"


def _refers_to_itself(schema):
    """Whether every reference points into the schema: nothing is fetched for it."""
    if isinstance(schema, dict):
        reference = schema.get("$ref", "#")
        if isinstance(reference, str) and not reference.startswith("#"):
            return False
        return all(map(_refers_to_itself, schema.values()))
    if isinstance(schema, list):
        return all(map(_refers_to_itself, schema))
    return True
