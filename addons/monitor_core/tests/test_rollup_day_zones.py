from datetime import date, datetime, timedelta

from odoo.tests import TransactionCase, tagged

from .day_case import KATHMANDU, NEW_YORK, NOON, DayCase


@tagged("post_install", "-at_install", "monitor")
class TestZones(DayCase, TransactionCase):
    """Each reader's day begins at her midnight."""

    def test_each_reads_the_days_of_her_zone(self):
        moment = datetime(2032, 6, 14, 21)  # 17:00 in New York, 02:45 in Kathmandu
        self.add_runs(self.orders, (moment, 100))
        self.tick(NOON)

        for user, day in (
            (self.viewer, "2032-06-14"),
            (self.operator, "2032-06-15"),
            (self.manager, "2032-06-14"),
        ):
            with self.subTest(user.login):
                (row,) = self.by_reader(user).search([])
                self.assertEqual(str(row.day), day)
                groups = self.by_reader(user)._read_group([], ["day:day"], ["runs:sum"])
                self.assertEqual(groups, [(date.fromisoformat(day), 1)])

    def test_an_hour_cut_by_midnight_belongs_to_the_day_in_which_it_begins(self):
        # 23:45 and 00:45 in Kathmandu
        for hour in (18, 19):
            self.add_runs(self.orders, (datetime(2032, 6, 10, hour, 30), 100))
        self.tick(NOON)

        self.assertEqual(self.numbers(KATHMANDU), {"2032-06-10": 1, "2032-06-11": 1})
        self.assertEqual(self.numbers(), {"2032-06-10": 2})

    def test_a_day_of_23_and_one_of_25_hours(self):
        for first, hours, runs in (
            (datetime(2032, 3, 14, 5), 24, {"2032-03-14": 23, "2032-03-15": 1}),
            (datetime(2031, 11, 2, 4), 26, {"2031-11-02": 25, "2031-11-03": 1}),
        ):
            moments = [first + timedelta(hours=n) for n in range(hours)]
            self.add_runs(self.returns, *[(moment, 100) for moment in moments])
            self.tick(NOON)
            found = self.numbers(NEW_YORK, self.returns)
            self.assertEqual({day: found[day] for day in runs}, runs)

    def test_a_new_zone_gets_its_past_some_weeks_a_tick(self):
        hours = [NOON - timedelta(days=40 * n) for n in range(8)]
        self.add_runs(self.orders, *[(hour, 100) for hour in hours])
        self.tick(NOON)
        self.manager.tz = "Asia/Tokyo"
        lengths = []
        for _minute in range(4):
            self.tick(NOON)
            lengths.append(len(self.numbers("Asia/Tokyo")))

        self.assertEqual(lengths, [4, 8, 8, 8])
        stored = self.env["monitor.tick"]._get().day_zones
        self.assertEqual(set(stored), {"UTC", KATHMANDU, NEW_YORK, "Asia/Tokyo"})
        self.assertEqual(set(stored.values()), {"0001-01-01"})

    def test_a_late_event_does_not_make_a_past_look_filled(self):
        hours = [NOON - timedelta(days=40 * n) for n in range(8)]
        self.add_runs(self.orders, *[(hour, 100) for hour in hours])
        self.tick(NOON)
        self.manager.tz = "Asia/Tokyo"
        self.tick(NOON)

        self.add_runs(self.orders, (hours[-1], 100))
        self.tick(NOON)
        self.tick(NOON)

        self.assertEqual(sum(self.numbers("Asia/Tokyo").values()), 9)

    def test_a_zone_that_nobody_lives_in_any_more_is_dropped(self):
        self.add_runs(self.orders, (NOON, 100))
        self.tick(NOON)
        self.assertEqual(self.numbers(KATHMANDU), {"2032-06-15": 1})

        self.operator.active = False
        self.tick(NOON)

        self.assertEqual(self.numbers(KATHMANDU), {})
        self.assertEqual(self.numbers(NEW_YORK), {"2032-06-15": 1})

        self.operator.active = True
        self.tick(NOON)
        self.assertEqual(self.numbers(KATHMANDU), {"2032-06-15": 1})

    def test_who_may_not_read_it_has_no_days(self):
        self.nobody.tz = "Asia/Tokyo"
        self.tick(NOON)

        self.assertNotIn("Asia/Tokyo", self.days._zones_in_use())

    def test_a_zone_unknown_to_this_machine_is_read_in_utc(self):
        self.add_runs(self.orders, (datetime(2032, 6, 14, 1), 100))
        self.env.cr.execute(
            "UPDATE res_partner SET tz = 'Mars/Olympus' WHERE id = %s",
            [self.viewer.partner_id.id],
        )
        self.env.invalidate_all()
        self.tick(NOON)

        (row,) = self.days.with_user(self.viewer).search([])
        self.assertEqual(row.tz, "UTC")

    def test_until_there_are_days_of_her_zone_she_reads_utc(self):
        self.add_runs(self.orders, (datetime(2032, 6, 14, 23), 100))
        self.tick(NOON)

        (row,) = self.days.with_context(tz="Asia/Tokyo").search([])
        self.assertEqual((row.tz, str(row.day)), ("UTC", "2032-06-14"))

    def test_a_day_opens_the_runs_that_ended_on_it(self):
        api = self.api_of(self.service)
        day = date(2032, 6, 14)
        for correlation, hour in (("late", 3), ("in", 4), ("out", 28)):
            api.run_start("order-to-cash", correlation)
            api.run_finish("order-to-cash", correlation, "succeeded")
            run = self.env["monitor.run"].search([("correlation_id", "=", correlation)])
            moment = datetime(2032, 6, 14) + timedelta(hours=hour)
            run.finished_at = moment
            self.add_runs(self.orders, (moment, 100))
        self.tick(NOON)

        rows = self.by_reader(self.viewer)
        row = rows.search([("day", "=", day)])
        action = row.action_open_runs()

        runs = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(runs.mapped("correlation_id"), ["in"])
