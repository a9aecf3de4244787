import json
import re

import jsonschema

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from ..tools import run_event

NAME = re.compile(r"[a-z][a-z0-9-]*(\.[a-z0-9][a-z0-9_-]*)+\Z")
EXAMPLE = "com.example.order.paid"


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
        comodel_name="monitor.event", compute="_compute_events", string="Last Events"
    )
    flagged_count = fields.Integer(
        compute="_compute_events", help="Flagged events of the last seven days."
    )

    _name_uniq = models.UniqueIndex("(name)")

    @api.constrains("name")
    def _check_name(self):
        for event_type in self:
            if not NAME.match(event_type.name):
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

    def _compute_events(self):
        since = fields.Datetime.subtract(fields.Datetime.now(), days=7)
        for event_type in self:
            domain = [("event_type", "=", event_type.name)]
            domain += [("recorded_at", ">=", since)]
            events = self.env["monitor.event"]
            event_type.event_ids = events.search(domain, limit=20)
            event_type.flagged_count = events.search_count(
                [*domain, ("flag", "!=", False)]
            )

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

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
        return f"data{place}: {error.message}"

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
