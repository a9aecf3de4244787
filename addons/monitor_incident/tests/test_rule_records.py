from datetime import timedelta
from unittest.mock import patch

from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from .rule_case import NOON, RuleCase

LOG = "odoo.addons.monitor_incident.models.monitor_rule_evaluation"


@tagged("post_install", "-at_install", "monitor")
class TestRuleRecords(RuleCase, TransactionCase):
    """Rules about business records."""

    def setUp(self):
        super().setUp()
        self.model = self.env["ir.model"]._get("res.partner")
        self.partner = self.env["res.partner"].create({"name": "Lead", "ref": "WAIT"})
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner SET create_date = %s WHERE id = %s",
            [NOON - timedelta(hours=20), self.partner.id],
        )
        self.env.invalidate_all()

    def date_field(self):
        return self.env["ir.model.fields"]._get("res.partner", "create_date")

    def age_rule(self, **values):
        return self.make_rule(
            "record_age",
            model_id=self.model.id,
            domain="[('ref', '=', 'WAIT')]",
            date_field_id=self.date_field().id,
            **values,
        )

    def test_a_backlog(self):
        rule = self.make_rule(
            "backlog",
            model_id=self.model.id,
            domain="[('ref', '=', 'WAIT')]",
            threshold=2,
        )
        self.assertFalse(self.look())
        self.partner.copy({"ref": "WAIT"})
        self.assertFalse(self.look(1), "looked at every five minutes")

        (seen,) = self.look(5)

        self.assertEqual((seen.rule_id, seen.value), (rule.id, 2.0))

    def test_a_record_that_waits_for_hours(self):
        rule = self.age_rule(age=24, age_unit="hours")
        self.assertFalse(self.look())

        (seen,) = self.look(5 * 60)

        self.assertEqual((seen.rule_id, seen.res_id), (rule.id, self.partner.id))
        self.assertEqual(seen.labels["record"], f"res.partner,{self.partner.id}")

    def test_working_hours_leave_the_weekend_out(self):
        """Since Friday evening: no working hour has passed on Monday morning."""
        self.env.company.resource_calendar_id.tz = "UTC"
        self.env.cr.execute(
            "UPDATE res_partner SET create_date = '2026-01-02 20:00' WHERE id = %s",
            [self.partner.id],
        )
        self.age_rule(age=4, age_unit="working_hours")
        self.assertFalse(self.look(-60))  # Monday 11:00, three hours of work

        self.assertTrue(self.look(90))

    def test_working_days(self):
        self.env.company.resource_calendar_id.tz = "UTC"
        self.env.cr.execute(
            "UPDATE res_partner SET create_date = '2026-01-01 10:00' WHERE id = %s",
            [self.partner.id],
        )
        self.age_rule(age=2, age_unit="working_days")
        self.assertFalse(self.look(-4 * 60))
        self.assertTrue(self.look(24 * 60))

    @mute_logger(LOG)
    def test_a_rule_that_cannot_be_evaluated_stops_no_other(self):
        broken = self.age_rule(age=1)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE monitor_rule SET domain = %s WHERE id = %s",
            ["[('nothing', '=', 1)]", broken.id],
        )
        self.env.invalidate_all()
        fine = self.make_rule("backlog", model_id=self.model.id)

        seen = self.look()

        self.assertEqual({o.rule_id for o in seen}, {fine.id})
        self.assertTrue(broken.last_error)
        self.assertEqual(broken.next_check_at, NOON + timedelta(hours=1))

    @mute_logger(LOG)
    def test_who_made_a_rule_is_told_once_that_its_filter_fits_no_more(self):
        """A field that it names was removed, or the one of the age."""
        self.manager.partner_id.email = "manager@example.com"
        for column, value in (
            ("domain", "[('nothing', '=', 1)]"), ("date_field_id", None),
        ):  # fmt: skip
            with self.subTest(column):
                mine = self.age_rule(age=1)
                mine = mine.with_user(self.manager).copy().sudo()
                self.assertEqual(mine.create_uid, self.manager)
                self.env.flush_all()
                self.env.cr.execute(
                    f"UPDATE monitor_rule SET {column} = %s WHERE id = %s",
                    [value, mine.id],
                )
                self.env.invalidate_all()
                before = mine.message_ids
                for minutes in (0, 60, 120):
                    self.look(minutes)
                told = mine.message_ids - before
                self.assertEqual(len(told), 1)
                self.assertIn("cannot be evaluated", told.body)
                self.assertEqual(told.notified_partner_ids, self.manager.partner_id)

                mine.write({"domain": "[]", "date_field_id": self.date_field().id})
                self.look(121)
                self.assertFalse(mine.last_error)

    @mute_logger(LOG)
    def test_an_author_who_cannot_be_told_stops_no_rule(self):
        mine = self.age_rule(age=1).with_user(self.manager).copy().sudo()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE monitor_rule SET domain = '[(''nothing'', ''='', 1)]'"
            " WHERE id = %s",
            [mine.id],
        )
        self.env.invalidate_all()
        fine = self.make_rule("backlog", model_id=self.model.id)
        with patch.object(type(mine), "message_post", side_effect=ValueError("no")):
            seen = self.look()
        self.assertIn(fine.id, {o.rule_id for o in seen})
        self.assertTrue(mine.last_error)

    def test_an_app_that_is_gone(self):
        rule = self.age_rule(age=1)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE ir_model SET model = 'no.such.model' WHERE id = %s", [self.model.id]
        )
        self.env.invalidate_all()
        self.assertFalse(rule._observe_model(NOON))

    def test_one_company_only(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.partner.company_id = other
        self.make_rule(
            "backlog",
            model_id=self.model.id,
            domain="[('ref', '=', 'WAIT')]",
            company_id=self.env.company.id,
        )
        self.assertFalse(self.look())
