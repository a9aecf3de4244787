from datetime import date, timedelta

from odoo import api, fields, models

from odoo.addons.monitor_core.models.columns import BigInteger, LooseMany2one
from odoo.addons.monitor_core.tools import clock

from ..tools import event_type

#: Days that are counted one by one; what is older is added up in one row.
DAYS = 30
#: Day of the row that holds what is older.
OLDER = date(1970, 1, 1)
#: Names that nobody registered, kept apart for each company; the rest is one row.
MAX_UNREGISTERED = 500
#: Name of that row. No event type is called so.
REST = ""
REGISTERED = "EXISTS (SELECT FROM monitor_event_type t WHERE t.name = {name})"
COLUMNS = """
    name, company_id, day, event_count, invalid_count, unregistered_count,
    first_seen_at, last_seen_at, last_event_id, last_source, last_flagged_at, last_flag
"""
# Adds rows to rows; what was said last stands.
ADD = f"""
    INSERT INTO monitor_event_tally AS old ({COLUMNS})
    {{rows}}
    ON CONFLICT (name, company_id, day) DO UPDATE SET
        event_count = old.event_count + EXCLUDED.event_count,
        invalid_count = old.invalid_count + EXCLUDED.invalid_count,
        unregistered_count = old.unregistered_count + EXCLUDED.unregistered_count,
        first_seen_at = least(old.first_seen_at, EXCLUDED.first_seen_at),
        last_seen_at = greatest(old.last_seen_at, EXCLUDED.last_seen_at),
        last_event_id = greatest(old.last_event_id, EXCLUDED.last_event_id),
        last_source = CASE WHEN EXCLUDED.last_event_id > old.last_event_id
            THEN EXCLUDED.last_source ELSE old.last_source END,
        last_flagged_at = greatest(old.last_flagged_at, EXCLUDED.last_flagged_at),
        last_flag = CASE WHEN old.last_flagged_at IS NULL
                           OR EXCLUDED.last_flagged_at >= old.last_flagged_at
            THEN EXCLUDED.last_flag ELSE old.last_flag END
    RETURNING name
"""
# A name that nobody registered gets a row of its own as long as there is room.
FOLD = f"""
    WITH fresh AS (
        SELECT e.id, e.recorded_at, e.source, e.flag, coalesce(e.company_id, 0)
               AS company_id, left(e.event_type, %(max_name)s) AS type
          FROM monitor_event_data e
         WHERE {{condition}} AND e.event_type IS NOT NULL
    ), unseen AS (
        SELECT company_id, type,
               row_number() OVER (PARTITION BY company_id ORDER BY min(id)) AS place
          FROM fresh
         WHERE NOT {REGISTERED.format(name="type")} AND type <> ALL(%(own)s)
           AND NOT EXISTS (
               SELECT FROM monitor_event_tally k
                WHERE k.name = type AND k.company_id = fresh.company_id)
         GROUP BY company_id, type
    ), taken AS (
        SELECT company_id, count(DISTINCT name) AS number FROM monitor_event_tally k
         WHERE company_id IN (SELECT company_id FROM unseen)
           AND name <> %(rest)s AND name <> ALL(%(own)s)
           AND NOT {REGISTERED.format(name="k.name")}
         GROUP BY company_id
    ), named AS (
        SELECT fresh.*, CASE WHEN place > %(room)s - coalesce(number, 0)
                             THEN %(rest)s ELSE type END AS name
          FROM fresh LEFT JOIN unseen USING (company_id, type)
               LEFT JOIN taken USING (company_id)
    )
    {
    ADD.format(
        rows='''
        SELECT name, company_id, recorded_at::date AS day, count(*),
               count(*) FILTER (WHERE NOT starts_with(flag, %(unknown)s)),
               count(*) FILTER (WHERE starts_with(flag, %(unknown)s)),
               min(recorded_at), max(recorded_at), max(id),
               (array_agg(source ORDER BY id DESC))[1],
               max(recorded_at) FILTER (WHERE flag IS NOT NULL),
               (array_agg(flag ORDER BY id DESC) FILTER (WHERE flag IS NOT NULL))[1]
          FROM named GROUP BY name, company_id, day
        '''
    )
}
"""
SUM = """
        SELECT {name}, company_id, %(older)s::date, sum(event_count),
               sum(invalid_count), sum(unregistered_count),
               min(first_seen_at), max(last_seen_at), max(last_event_id),
               (array_agg(last_source ORDER BY last_event_id DESC))[1],
               max(last_flagged_at),
               (array_agg(last_flag ORDER BY last_flagged_at DESC)
                    FILTER (WHERE last_flagged_at IS NOT NULL))[1]
          FROM gone GROUP BY {by}
"""
ADD_UP = f"""
    WITH gone AS (
        DELETE FROM monitor_event_tally
         WHERE day > %(older)s AND day <= %(last_day)s RETURNING *
    )
    {ADD.format(rows=SUM.format(name="name", by="name, company_id"))}
"""
# Names that nobody registered and nobody used for so long make room for others. What
# broke a schema keeps its name: it was registered, and its counter must not move.
FORGET = f"""
    WITH gone AS (
        DELETE FROM monitor_event_tally k
         WHERE day = %(older)s AND name <> %(rest)s AND invalid_count = 0
           AND name <> ALL(%(own)s) AND NOT {REGISTERED.format(name="k.name")}
           AND NOT EXISTS (
               SELECT FROM monitor_event_tally other
                WHERE other.name = k.name AND other.company_id = k.company_id
                  AND other.day > %(older)s)
        RETURNING *
    )
    {ADD.format(rows=SUM.format(name="%(rest)s", by="company_id"))}
"""


class MonitorEventTally(models.Model):
    """Events from outside, counted by type, company and day of arrival.

    Folded by the tick alone, as ``monitor.rollup`` is: who sends an event touches none
    of these rows. Senders may invent names without end, so only so many are kept.
    """

    _name = "monitor.event.tally"
    _description = "Monitor Event Tally"
    _inherit = ["monitor.event.fold"]
    _log_access = False
    _order = "day desc, name"
    _snapshot_field = "tally_snapshot"

    name = fields.Char(string="Type", help="Empty: names there was no room for.")
    company_id = LooseMany2one(comodel_name="res.company")
    day = fields.Date(required=True, help="UTC; 1970-01-01: all that is older.")
    event_count = BigInteger()
    invalid_count = BigInteger(help="Broke the schema of their type.")
    unregistered_count = BigInteger(help="Came while the type was not registered.")
    first_seen_at = fields.Datetime()
    last_seen_at = fields.Datetime()
    last_event_id = fields.Integer(aggregator="max")
    last_source = fields.Char()
    last_flagged_at = fields.Datetime()
    last_flag = fields.Char()

    _day_uniq = models.UniqueIndex("(name, company_id, day)")

    @api.model
    def _count(self, now):
        """Count new events and bring the registry up to date; a stage of the tick."""
        names = self._fold_new_events(now)
        tick = self.env["monitor.tick"]._get()
        if tick.tally_day != now.date():
            self._begin_day(now.date())
            tick.tally_day = now.date()
            names = None  # all: what was in the last week yesterday may not be today
        self.env["monitor.event.type"]._refresh_figures(now.date(), names)

    @api.model
    def _fold(self, condition, params):
        """Add events to their days; return the names they came under."""
        self.env.cr.execute(
            FOLD.format(condition=condition),
            {
                **params,
                "own": event_type.own_names(),
                "max_name": event_type.MAX_NAME,
                "unknown": event_type.UNKNOWN,
                "room": MAX_UNREGISTERED,
                "rest": REST,
            },
        )
        return sorted({name for (name,) in self.env.cr.fetchall()})

    @api.model
    def _fold_all(self, now):
        """Begin with the days that are counted one by one."""
        return self._fold_up_to_now(*self._since(now.date() - timedelta(days=DAYS - 1)))

    @api.model
    def _rebuild(self):
        """Count anew the days of which all events are there; the others stay."""
        now = clock.utcnow()
        complete = self.env["monitor.retention"]._complete_since(now).date()
        first = max(complete, now.date() - timedelta(days=DAYS - 1))
        self.env.cr.execute("DELETE FROM monitor_event_tally WHERE day >= %s", [first])
        return self._fold_up_to_now(*self._since(first))

    @api.model
    def _since(self, day):
        return "e.recorded_at >= %(since)s", {"since": day}

    @api.model
    def _begin_day(self, today):
        """Add up days that are a month old, and make room for new names."""
        params = {
            "older": OLDER,
            "last_day": today - timedelta(days=DAYS),
            "own": event_type.own_names(),
            "rest": REST,
        }
        self.env.cr.execute(ADD_UP, params)
        self.env.cr.execute(FORGET, params)
        self.invalidate_model(flush=False)
