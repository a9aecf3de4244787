"""Acceptance scenarios A1 to A9: working time, windows, delegates."""

from datetime import datetime, timedelta

from odoo.tests import TransactionCase, tagged

from .approval_case import MONDAY, ScenarioCase


@tagged("post_install", "-at_install")
class TestWorkingTime(ScenarioCase, TransactionCase):
    def test_a1_weekend(self):
        friday, monday = datetime(2026, 3, 6, 15, 30), datetime(2026, 3, 9, 8, 15)
        approval = self.run_through(friday, monday)
        self.assertAlmostEqual(approval.working_hours, 1.75)
        self.assertAlmostEqual(approval.elapsed_hours, 64.75)
        self.assertFalse(approval.breached_at)

    def make_holiday(self, day):
        return self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": self.env.company.resource_calendar_id.id,
                "date_from": day.replace(hour=0),
                "date_to": day.replace(hour=23),
            }
        )

    def test_a2_holiday(self):
        self.make_holiday(datetime(2026, 3, 9))
        friday, tuesday = datetime(2026, 3, 6, 15, 30), datetime(2026, 3, 10, 8, 15)
        approval = self.run_through(friday, tuesday)
        self.assertAlmostEqual(approval.working_hours, 1.75)

    def test_a2_a_holiday_that_comes_later_moves_the_due_date(self):
        document = self.make_document()
        self.at(datetime(2026, 3, 6, 15, 30))
        self.move(document, "waiting", self.ada)
        approval = self.approval_of(document)
        before = approval.due_at
        self.assertEqual(before, datetime(2026, 3, 9, 15, 30))
        self.make_holiday(datetime(2026, 3, 9))
        self.env["monitor.approval.age"]._reschedule(self.clock)
        self.assertEqual(approval.due_at, datetime(2026, 3, 10, 15, 30))
        moved = approval.event_ids.filtered(lambda one: one.kind == "rescheduled")
        self.assertEqual(
            moved.values["due_at"], ["2026-03-09T15:30:00", "2026-03-10T15:30:00"]
        )

    def test_a3_lunch_and_summer_time(self):
        friday, monday = datetime(2026, 3, 27, 15), datetime(2026, 3, 30, 7)
        approval = self.run_through(friday, monday)
        self.assertAlmostEqual(approval.working_hours, 2.0)
        self.assertAlmostEqual(approval.elapsed_hours, 64)

    def test_a4_breach_is_strict(self):
        document = self.make_document()
        self.at(datetime(2026, 3, 2, 7))  # 8 o'clock
        self.move(document, "waiting", self.ada)
        approval = self.approval_of(document)
        next_morning = datetime(2026, 3, 3, 7)
        self.assertEqual(approval.due_at, datetime(2026, 3, 2, 16))
        self.assertEqual(approval.breach_at, next_morning)
        for moment, late in (
            (next_morning, False),
            (next_morning + timedelta(seconds=1), True),
        ):
            self.at(moment)
            self.env["monitor.approval.age"]._age(self.clock)
            self.assertEqual(bool(approval.breached_at), late)

    def test_a4_decided_late_before_anybody_looked(self):
        start, limit = datetime(2026, 3, 2, 7), datetime(2026, 3, 3, 7)
        for moment, late in ((limit, False), (limit + timedelta(seconds=1), limit)):
            approval = self.run_through(start, moment)
            self.assertEqual(approval.breached_at, late)

    def test_a5_working_days(self):
        self.policy.write({"due_amount": 2, "due_unit": "working_days"})
        document = self.make_document()
        self.move(document, "waiting", self.ada)
        self.assertEqual(self.approval_of(document).due_at, datetime(2026, 3, 4, 9))

    def test_a6_the_zone_of_who_approves(self):
        self.policy.window = "approver"
        self.ben.tz = "Asia/Tokyo"
        summer = datetime(2026, 6, 1, 15, 30)  # 17:30 in Brussels, 0:30 in Tokyo
        approval = self.run_through(summer - timedelta(hours=1), summer)
        self.assertEqual(self.kinds(approval), ["outside_window"])
        self.assertEqual(approval.exception_ids.severity, "info")
        morning = datetime(2026, 6, 2, 1)  # 10:00 in Tokyo, 3:00 in Brussels
        self.assertFalse(self.run_through(morning, morning).exception_ids)


@tagged("post_install", "-at_install")
class TestDelegated(ScenarioCase, TransactionCase):
    def make_delegation(self, user, delegate, begin, end, **values):
        return self.env["monitor.approval.delegation"].create(
            {
                "user_id": user.id,
                "delegate_id": delegate.id,
                "date_from": begin,
                "date_to": end,
                **values,
            }
        )

    def approve_as(self, user, **values):
        document = self.make_document(**values)
        self.move(document, "waiting", self.ada)
        self.move(document, "approved", user)
        return self.approval_of(document)

    def test_a7_a_delegate_up_to_an_amount(self):
        begin = MONDAY - timedelta(days=1)
        self.make_delegation(
            self.ben, self.cleo, begin, begin + timedelta(days=7), max_amount=80
        )
        small = self.approve_as(self.cleo, partner_latitude=80)
        self.assertEqual(small.decided_by_id, self.cleo)
        self.assertEqual(small.on_behalf_of_id, self.ben)
        self.assertFalse(small.exception_ids)
        event = small.event_ids.filtered(lambda one: one.kind == "approved")
        self.assertEqual(event.on_behalf_of_id, self.ben)
        big = self.approve_as(self.cleo, partner_latitude=80.01)
        self.assertEqual(self.kinds(big), ["bypass"])

    def test_a7_the_clock_follows_who_is_on_leave(self):
        resource = self.env["resource.resource"].create(
            {
                "name": "Ben",
                "user_id": self.ben.id,
                "calendar_id": self.env.company.resource_calendar_id.id,
                "tz": "Europe/Brussels",
            }
        )
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Leave",
                "calendar_id": resource.calendar_id.id,
                "resource_id": resource.id,
                "date_from": datetime(2026, 3, 1, 23),
                "date_to": datetime(2026, 3, 6, 22),
            }
        )
        document = self.make_document()
        self.move(document, "waiting", self.ada)
        approval = self.approval_of(document)
        self.assertEqual(approval.due_at, datetime(2026, 3, 9, 16))
        self.at(MONDAY + timedelta(hours=7))
        self.env["monitor.approval.age"]._look_for_people(self.clock)
        self.assertEqual(self.kinds(approval), [])
        self.at(MONDAY + timedelta(days=1, minutes=1))  # 8 hours of the company
        self.env["monitor.approval.age"]._look_for_people(self.clock)
        self.assertEqual(self.kinds(approval), ["no_approver"])

    def test_a8_until_means_before(self):
        end = MONDAY + timedelta(days=1)
        self.make_delegation(self.ben, self.cleo, MONDAY, end)
        document, late = self.make_document(), self.make_document()
        self.move(document + late, "waiting", self.ada)
        self.at(end - timedelta(seconds=1))
        self.move(document, "approved", self.cleo)
        self.assertFalse(self.approval_of(document).exception_ids)
        self.at(end)
        self.move(late, "approved", self.cleo)
        self.assertEqual(self.kinds(self.approval_of(late)), ["bypass"])

    def test_a8_five_hops_and_circles(self):
        end = MONDAY + timedelta(days=1)
        chain = [self.ben, self.cleo, self.dan, self.eve, self.viewer, self.operator]
        chain += [self.nobody]
        for user, delegate in zip(chain, chain[1:], strict=False):
            self.make_delegation(user, delegate, MONDAY, end)
        self.make_delegation(self.cleo, self.ben, MONDAY, end)
        document = self.make_document()
        self.move(document, "waiting", self.ada)
        approval = self.approval_of(document)
        persons = approval._principals(self.operator, self.clock)
        self.assertIn(self.ben, persons)
        persons = approval._principals(self.nobody, self.clock)
        self.assertNotIn(self.ben, persons)

    def test_a9_the_delegate_is_the_requester(self):
        self.make_delegation(self.ben, self.ada, MONDAY, MONDAY + timedelta(days=1))
        approval = self.approve_as(self.ada)
        self.assertIn("self_approval", self.kinds(approval))
