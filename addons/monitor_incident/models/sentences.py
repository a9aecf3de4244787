"""Sentences of ``tools/summaries.py`` as their reader wants to see them."""

from odoo import fields
from odoo.tools import format_datetime

from odoo.addons.monitor_core.models.monitor_health import unpack_params
from odoo.addons.monitor_core.tools import clock, schedule

from ..tools import summaries


def render(record, code, packed):
    """Return a stored sentence in the language and time zone of who reads ``record``.

    :param packed: its values as ``pack_params`` stores them
    """

    def show_moment(moment):
        local = fields.Datetime.context_timestamp(record, moment)
        today = fields.Datetime.context_timestamp(record, clock.utcnow()).date()
        if local.date() == today:
            return f"{local:%H:%M}"
        return format_datetime(record.env, moment, dt_format="medium")

    def show_duration(delta):
        return schedule.format_duration(delta.total_seconds() * 1000)

    def translate(template):
        # The templates are marked for extraction where they stand.
        return record.env._(template)  # pylint: disable=translation-not-lazy

    params = unpack_params(packed)
    return summaries.render(code, params, show_moment, show_duration, translate)
