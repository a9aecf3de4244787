"""Checks of what callers of the reporting methods send."""

import json
from datetime import datetime, timedelta, timezone

from odoo.exceptions import ValidationError

from ..tools import clock, payload, redaction, slug, trace_context
from ..tools.scales import RUN_OUTCOMES

VALUE_NAMES = ("context", "model", "record_id", "occurred_at", "traceparent")
MAX_ID = 255  # characters of a correlation id
MAX_SKEW = timedelta(days=1)  # how far ahead of our clock a sender's may be


class ReportArguments:
    """Returns arguments as they are stored; what is refused is named in the error."""

    def __init__(self, env):
        self.env = env

    def correlation_id(self, value, required=True):
        """Return a correlation id, ``None`` for one that is absent and may be."""
        if not required and (is_absent(value) or value == ""):
            return None
        if not is_storable(value) or not value.strip():
            raise ValidationError(self.env._("correlation_id: a text is expected."))
        if len(value) > MAX_ID:
            raise ValidationError(
                self.env._("correlation_id: at most %s characters.", MAX_ID)
            )
        return value

    def step(self, value, workflow):
        """Return the code of a step of ``workflow``."""
        known = workflow.step_ids.mapped("code")
        if value not in known:
            raise ValidationError(
                self.env._(
                    "step: “%(step)s” is no step of “%(code)s”. Its steps: %(known)s.",
                    step=shown(value),
                    code=workflow.code,
                    known=", ".join(known) or self.env._("none"),
                )
            )
        return value

    def outcome(self, value):
        """Return how a run ended."""
        known = dict(RUN_OUTCOMES)
        if not isinstance(value, str) or value not in known:
            raise ValidationError(
                self.env._(
                    "outcome: “%(outcome)s” is none of %(known)s.",
                    outcome=shown(value),
                    known=", ".join(known),
                )
            )
        return value

    def error(self, value):
        """Return what went wrong as a text that can be stored, or ``None``."""
        if not is_absent(value) and not isinstance(value, str):
            raise ValidationError(self.env._("error: a text is expected."))
        return storable(value)

    def codes(self, value):
        """Return those of the codes that a workflow can have; ``None`` means all."""
        if is_absent(value):
            return None
        if not isinstance(value, (list, tuple)) or not all(
            isinstance(code, str) for code in value
        ):
            raise ValidationError(self.env._("codes: a list of texts is expected."))
        return [code for code in value if slug.is_valid_code(code)]

    def values(self, values):
        """Return complete, checked values; ``now`` is the moment of this call."""
        values = {} if is_absent(values) else values
        if not isinstance(values, dict):
            raise ValidationError(self.env._("values: an object is expected."))
        unknown = sorted(set(map(str, values)) - set(VALUE_NAMES))
        if unknown:
            raise ValidationError(
                self.env._(
                    "values: “%(name)s” is not known. Known are %(known)s.",
                    name=shown(unknown[0]),
                    known=", ".join(VALUE_NAMES),
                )
            )
        now = clock.utcnow()
        return {
            "now": now,
            "context": self._context(values.get("context")),
            "occurred_at": self._moment(values.get("occurred_at"), now),
            "traceparent": self._traceparent(values.get("traceparent")),
            **self._record(values.get("model"), values.get("record_id")),
        }

    def _context(self, context):
        if is_absent(context):
            return None
        if not isinstance(context, dict):
            raise ValidationError(self.env._("values.context: an object is expected."))
        limit = self.env["monitor.config"]._switches().context_limit_kb * 1024
        try:
            text, truncated = payload.bounded_json(context, limit, "values.context")
        except ValueError as error:
            raise ValidationError(storable(str(error))) from None
        if truncated:
            raise ValidationError(
                self.env._("values.context: at most %s kB.", limit // 1024)
            )
        return redaction.redact(
            json.loads(text), self.env["monitor.config"]._redaction()
        )

    def _moment(self, moment, now):
        if is_absent(moment):
            return now
        parsed = _parse_moment(moment)
        if parsed is None:
            raise ValidationError(
                self.env._(
                    "values.occurred_at: a moment such as 2026-01-05T12:00:00Z is "
                    "expected."
                )
            )
        if parsed > now + MAX_SKEW:
            raise ValidationError(self.env._("values.occurred_at: is in the future."))
        return parsed

    def _traceparent(self, header):
        if is_absent(header):
            return None
        text = header if isinstance(header, str) else ""
        parsed = trace_context.parse_traceparent(text)
        if not parsed:
            raise ValidationError(
                self.env._("values.traceparent: is no W3C trace context.")
            )
        return parsed

    def _record(self, model, record_id):
        model = None if is_absent(model) else model
        if model is not None and (not isinstance(model, str) or model not in self.env):
            raise ValidationError(
                self.env._("values.model: “%s” is no model.", shown(model))
            )
        record_id = None if is_absent(record_id) else record_id
        is_id = type(record_id) is int and 0 < record_id < 2**31  # True is an int too
        if record_id is not None and not (model and is_id):
            raise ValidationError(
                self.env._(
                    "values.record_id: the id of a record of that model is expected."
                )
            )
        return {"model": model, "record_id": record_id}


def is_absent(value):
    """Whether an argument is left out: XML-RPC has no null, so false says the same."""
    return value is None or value is False


def is_storable(value):
    """Whether ``value`` is a text that PostgreSQL can hold."""
    try:
        return isinstance(value, str) and b"\0" not in value.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return False


def storable(text):
    """Return ``text`` with what PostgreSQL cannot hold replaced, ``None`` for none."""
    return text.encode(errors="replace").decode().replace("\0", "?") if text else None


def shown(value):
    """Return what a refused argument looks like, fit for any protocol's answer."""
    return storable(str(value)[:MAX_ID]) or ""


def _parse_moment(moment):
    """Return a moment (ISO 8601 text, or a datetime) as naive UTC, else ``None``."""
    try:
        if isinstance(moment, str):
            moment = datetime.fromisoformat(moment.strip().replace("Z", "+00:00"))
        if not isinstance(moment, datetime):
            return None
        if moment.tzinfo:
            moment = moment.astimezone(timezone.utc).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None
    return moment if moment.year >= 1970 else None
