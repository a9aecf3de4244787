from datetime import date, timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from ..tools import local_day
from ..tools.histogram import PERCENTILES
from .columns import BigInteger

FILL_DAYS = 31
FILLS_A_TICK = 4
COMPLETE = date.min  # since when days are kept of a zone that has them all
COUNTS = ("succeeded", "partial", "business_errors", "failed", "lost", "skipped")

# As arrays, because PostgreSQL knows how long these are and plans accordingly.
DAYS = """
    SELECT * FROM unnest(%(zones)s::varchar[], %(days)s::date[],
                         %(starts)s::timestamp[], %(stops)s::timestamp[])
        AS listed(zone, day, start, stop)
"""
HOURS_OF_DAY = "r.hour >= days.start AND r.hour < days.stop"
EMPTIED = f"""
    DELETE FROM monitor_rollup_day old USING ({DAYS}) days
     WHERE old.tz = days.zone AND old.day = days.day
       AND (%(ids)s::int[] IS NULL OR old.workflow_id = ANY(%(ids)s::int[]))
       AND NOT EXISTS (SELECT 1 FROM monitor_rollup r
                        WHERE r.workflow_id = old.workflow_id AND {HOURS_OF_DAY})
"""
VALUES = (
    *COUNTS,
    *("runs", "failures", "failure_rate", "duration_sum", "duration_count"),
    *("duration_avg_ms", "duration_max", "histogram"),
    *PERCENTILES,
)
COLUMNS = ", ".join(VALUES)
OLD = ", ".join(f"old.{name}" for name in VALUES)
NEW = ", ".join(f"EXCLUDED.{name}" for name in VALUES)
SUMS = ", ".join(f"sum(r.{name})::int AS {name}" for name in COUNTS)
QUANTILES = ", ".join(
    f"round(monitor_histogram_quantile(histogram, {q})) AS {name}"
    for name, q in PERCENTILES.items()
)
# Written only where something differs, so that most of a refresh costs no write.
SUM_UP = f"""
    INSERT INTO monitor_rollup_day AS old (workflow_id, tz, day, {COLUMNS})
    WITH days AS MATERIALIZED ({DAYS}), summed AS MATERIALIZED (
        SELECT r.workflow_id, days.zone AS tz, days.day, {SUMS},
               sum(r.duration_sum) AS duration_sum,
               max(r.duration_max) AS duration_max,
               monitor_histogram_merge(r.histogram) AS histogram
          FROM days JOIN monitor_rollup r ON {HOURS_OF_DAY}
         WHERE %(ids)s::int[] IS NULL OR r.workflow_id = ANY(%(ids)s::int[])
         GROUP BY r.workflow_id, days.zone, days.day
    ), counted AS MATERIALIZED (
        SELECT *, succeeded + partial + business_errors + failed + lost AS runs,
               business_errors + failed + lost AS failures,
               (SELECT coalesce(sum(value::bigint), 0)
                  FROM jsonb_each_text(histogram))::int AS duration_count
          FROM summed
    ), figures AS (
        SELECT *, failures::float8 / nullif(runs, 0) AS failure_rate,
               round(duration_sum / nullif(duration_count, 0)) AS duration_avg_ms,
               {QUANTILES}
          FROM counted
    )
    SELECT workflow_id, tz, day, {COLUMNS} FROM figures
        ON CONFLICT (workflow_id, tz, day) DO UPDATE SET ({COLUMNS}) = ({NEW})
     WHERE ({OLD}) IS DISTINCT FROM ({NEW})
"""


class MonitorRollupDay(models.Model):
    """Runs of one workflow on one day of a time zone: sums of its hours.

    A day is the reader's: from midnight to midnight of the time zone in which people
    read this report (each zone that a reader lives in has rows of its own). Hours are
    those of UTC: where a zone is off by half an hour, an hour belongs to the day in
    which it begins. Always derived from the hours, never counted on its own, so that
    late events and rebuilds need no care here.

    Percentiles of any group are those of all its runs, from the merged histograms.
    """

    _name = "monitor.rollup.day"
    _description = "Monitor Statistics"
    _log_access = False
    _order = "day desc, workflow_id"
    _rec_name = "day"

    workflow_id = fields.Many2one(
        comodel_name="monitor.workflow", required=True, ondelete="cascade"
    )
    tz = fields.Char(string="Time Zone", required=True)
    day = fields.Date(required=True)
    kind = fields.Selection(related="workflow_id.kind")
    app_name = fields.Char(related="workflow_id.app_name")
    team_id = fields.Many2one(related="workflow_id.team_id")
    process_owner_id = fields.Many2one(related="workflow_id.process_owner_id")
    criticality = fields.Selection(related="workflow_id.criticality")
    company_id = fields.Many2one(related="workflow_id.company_id")

    runs = fields.Integer(help="All that ended, however it did.")
    failures = fields.Integer(
        help="Technical faults, refusals by a business rule and lost runs."
    )
    failure_rate = fields.Float(aggregator="avg", help="Share of the runs, 0 to 1.")
    succeeded = fields.Integer()
    partial = fields.Integer(help="Ended with work left, without an error.")
    business_errors = fields.Integer(
        string="Refused", help="Refused by a business rule."
    )
    failed = fields.Integer(
        string="Faults", help="Technical faults, time-outs and partial failures."
    )
    lost = fields.Integer(help="Nobody told their end.")
    skipped = fields.Integer(help="Should have run and did not.")
    duration_avg_ms = BigInteger(string="Average Duration", aggregator="avg")
    p50_ms = BigInteger(
        string="Duration p50",
        aggregator="avg",
        help="Half of the runs take no longer than this (ms, within 5 %).",
    )
    p95_ms = BigInteger(
        string="Duration p95",
        aggregator="avg",
        help="95 of 100 runs take no longer than this (ms, within 5 %).",
    )
    p99_ms = BigInteger(
        string="Duration p99",
        aggregator="avg",
        help="99 of 100 runs take no longer than this (ms, within 5 %).",
    )
    duration_max = BigInteger(string="Longest", aggregator="max")
    duration_sum = fields.Float(string="Total Duration")
    duration_count = fields.Integer(
        string="Measured Runs", help="Runs whose duration is known."
    )
    histogram = fields.Json(help="{bucket: count}, see tools/histogram.py")

    _workflow_uniq = models.UniqueIndex("(workflow_id, tz, day)")
    _day_idx = models.Index("(tz, day)")

    # What a reader gets

    @api.model
    def _search(self, domain, *args, **kwargs):
        """Show each reader the days of her own time zone, unless rows are named."""
        domain = Domain(domain)
        if not any(map(_names_rows, domain.iter_conditions())):
            domain &= Domain("tz", "=", self._reading_zone())
        return super()._search(domain, *args, **kwargs)

    @api.model
    def _reading_zone(self):
        """Return the reader's time zone; UTC until the tick has days of hers."""
        # sudo: where the monitor's own state stands is not for everybody to read
        tick = self.env["monitor.tick"].sudo().search([], limit=1)
        zone = self.env.tz.zone
        return zone if zone in (tick.day_zones or {}) else "UTC"

    @api.model
    def _read_group_select(self, aggregate_spec, query):
        """Weigh shares and averages by their runs, and merge histograms."""
        name, _sep, function = aggregate_spec.partition(":")
        if function != "avg":
            return super()._read_group_select(aggregate_spec, query)
        if name in PERCENTILES:
            return SQL(
                "round(monitor_histogram_quantile(monitor_histogram_merge(%s), %s))",
                self._field_to_sql(self._table, "histogram", query),
                PERCENTILES[name],
            )
        if name == "failure_rate":
            return self._ratio_to_sql("failures", "runs", query)
        if name == "duration_avg_ms":
            mean = self._ratio_to_sql("duration_sum", "duration_count", query)
            return SQL("round(%s)", mean)
        return super()._read_group_select(aggregate_spec, query)

    @api.model
    def _ratio_to_sql(self, part, whole, query):
        return SQL(
            "sum(%s)::float8 / nullif(sum(%s), 0)",
            self._field_to_sql(self._table, part, query),
            self._field_to_sql(self._table, whole, query),
        )

    def action_open_runs(self):
        """Open the runs that ended on this day, as far as they are kept."""
        self.ensure_one()
        day = local_day.bounds(self.tz, self.day)
        return {
            "type": "ir.actions.act_window",
            "name": f"{self.workflow_id.name}, {format_date(self.env, self.day)}",
            "res_model": "monitor.run",
            "view_mode": "list,form",
            "domain": [
                ("workflow_id", "=", self.workflow_id.id),
                ("finished_at", ">=", fields.Datetime.to_string(day.start)),
                ("finished_at", "<", fields.Datetime.to_string(day.stop)),
            ],
            "help": self.env._(
                "<p class='o_view_nocontent_smiling_face'>No run is kept</p>"
                "<p>Statistics are kept longer than the runs they count.</p>"
            ),
        }

    # What the tick does

    @api.model
    def _follow(self, workflow_ids, hours):
        """Sum up anew the days that hold these hours (naive UTC) of these workflows."""
        if not workflow_ids or not hours:
            return
        days = [
            day for zone in self._kept_zones() for day in local_day.days_of(zone, hours)
        ]
        self._sum_up(days, workflow_ids)

    @api.model
    def _keep_zones(self, now):
        """Have days of each time zone that readers live in, and of no other.

        The past of a new zone is filled from its newest day back, some weeks a tick.
        """
        kept = self._kept_zones()
        unfilled = (now + timedelta(days=2)).date()
        zones = {zone: kept.get(zone, unfilled) for zone in self._zones_in_use()}
        if gone := [zone for zone in kept if zone not in zones]:
            self.env.cr.execute(
                SQL("DELETE FROM monitor_rollup_day WHERE tz = ANY(%s)", gone)
            )
        fills = FILLS_A_TICK
        for zone in zones:
            while fills and zones[zone] != COMPLETE:
                zones[zone] = self._fill_past(zone, zones[zone])
                fills -= 1
        if zones != kept:
            self.env["monitor.tick"]._get().day_zones = {
                zone: since.isoformat() for zone, since in zones.items()
            }

    @api.model
    def _fill_past(self, zone, since):
        """Sum up the newest weeks before the day ``since``; return the first of them.

        :return: ``COMPLETE`` where there is nothing older
        """
        start = local_day.start_of(zone, since)
        ((newest,),) = self.env.execute_query(
            SQL("SELECT max(hour) FROM monitor_rollup WHERE hour < %s", start)
        )
        if not newest:
            return COMPLETE
        last = local_day.day_of(zone, newest)
        first = last - timedelta(days=FILL_DAYS - 1)
        self._sum_up(local_day.days_between(zone, first, last))
        return first

    @api.model
    def _sum_up(self, days, workflow_ids=None):
        """Make the rows of these days what their hours add up to.

        :param days: list of :class:`local_day.Day`
        :param workflow_ids: only these workflows, all by default
        """
        if not days:
            return
        names = ("zones", "days", "starts", "stops")
        columns = map(list, zip(*days, strict=True))
        params = dict(zip(names, columns, strict=True), ids=workflow_ids)
        self.env.cr.execute(EMPTIED, params)
        self.env.cr.execute(SUM_UP, params)
        self.invalidate_model(flush=False)

    @api.model
    def _zones_in_use(self):
        """Return the time zones of those who may read this, and UTC."""
        viewers = self.env.ref("monitor_core.group_monitor_viewer")
        groups = self.env["res.users"]._read_group(
            [("all_group_ids", "in", viewers.ids), ("tz", "!=", False)], ["tz"]
        )
        named = (zone for (zone,) in groups)
        return ["UTC", *(z for z in named if z != "UTC" and local_day.is_zone(z))]

    @api.model
    def _kept_zones(self):
        """Return ``{time zone: first day from which on its days are complete}``."""
        stored = self.env["monitor.tick"]._get().day_zones or {}
        return {zone: date.fromisoformat(since) for zone, since in stored.items()}


def _names_rows(leaf):
    """Whether a condition says by itself which time zone or which rows are meant."""
    if leaf.field_expr == "id":  # as Odoo asks to read records
        return leaf.operator in ("=", "in")
    return leaf.field_expr == "tz"
