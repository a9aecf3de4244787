from contextvars import ContextVar
from datetime import timedelta
from unittest.mock import patch

import psycopg2.errors
from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ..models import autovacuum_batch, base, change_recorder, monitor_change
from .common import MonitorCase


@tagged("post_install", "-at_install", "monitor")
class TestChanges(MonitorCase, TransactionCase):
    """What automations change of chosen models is kept, and nothing else."""

    def setUp(self):
        super().setUp()
        self.partner = self.env["res.partner"].create(
            {"name": "Ana", "color": 1, "phone": "x"}
        )
        self.follow("res.partner")

    def follow(self, *models):
        found = self.env["ir.model"].search([("model", "in", models)])
        self.env["res.config.settings"].create(
            {"monitor_followed_model_ids": [(6, 0, found.ids)]}
        ).execute()

    def action(self, code, model="res.partner"):
        return self.env["ir.actions.server"].create(
            {
                "name": "Tidy up",
                "model_id": self.env["ir.model"]._get_id(model),
                "state": "code",
                "code": code,
            }
        )

    def run_code(self, code, records=None):
        """Run a server action on records; return it."""
        records = records or self.partner
        action = self.action(code, records._name)
        action.with_context(
            active_model=records._name, active_ids=records.ids, active_id=records[0].id
        ).run()
        return action

    def changes(self, *domain):
        self.env.cr.flush()
        self.env.invalidate_all()
        return self.env["monitor.change"].search(list(domain), order="id")

    # What is kept

    def test_what_a_server_action_changes(self):
        action = self.run_code("record.write({'name': 'Bob', 'color': 1})")

        change = self.changes()
        self.assertRecordValues(
            change,
            [
                {
                    "model": "res.partner",
                    "res_id": self.partner.id,
                    "operation": "write",
                    "changes": {"name": ["Ana", "Bob"]},
                    "source_ref": f"ir.actions.server,{action.id}",
                    "user_id": self.env.uid,
                }
            ],
        )
        run = self.env["monitor.run"].search(
            [("source_ref", "=", f"ir.actions.server,{action.id}")]
        )
        self.assertEqual((change.run_id, run.change_ids), (run, change))
        self.assertEqual(change.details, "Name: Ana → Bob")
        self.assertEqual(change.record_name, "Bob")

    def test_what_people_change_is_not_kept(self):
        self.partner.write({"name": "Bob"})
        self.assertFalse(self.changes())

    def test_other_models_are_not_kept(self):
        self.follow("res.country")
        self.run_code("record.write({'name': 'Bob'})")
        self.assertFalse(self.changes())

    def test_nothing_is_kept_while_monitoring_is_off(self):
        self.env["res.config.settings"].create({"monitor_enabled": False}).execute()
        self.run_code("record.write({'name': 'Bob'})")
        self.assertFalse(self.changes())

    def test_what_is_made_and_deleted(self):
        self.run_code(
            "new = model.create([{'name': 'New'}, {'name': 'Newer'}])\nnew[1].unlink()"
        )
        found = self.changes()
        self.assertEqual(found.mapped("operation"), ["create", "create", "unlink"])
        self.assertEqual(found[1].res_id, found[2].res_id)
        self.assertEqual(found[0].record_name, "New")
        self.assertEqual(found[2].record_name, f"res.partner,{found[2].res_id}")
        self.assertEqual(found.mapped("details"), ["", "", ""])

    def test_a_rule_is_the_author_of_what_it_changes(self):
        rule = self.make_automation(
            code="record.write({'comment': 'seen'})", trigger="on_create_or_write"
        )
        self.partner.write({"phone": "0475"})
        change = self.changes(("operation", "=", "write"))
        self.assertEqual(change.source_ref, f"base.automation,{rule.id}")
        self.assertEqual(change.run_id.source_ref, change.source_ref)

    def test_an_automation_that_was_not_known_yet_is_named_by_the_tick(self):
        action = self.run_code("record.write({'name': 'Bob'})")
        self.assertFalse(self.changes().workflow_id)
        self.tick()
        self.assertEqual(self.changes().workflow_id, self.workflow_of(action))
        self.assertTrue(self.changes().workflow_id)

    def test_the_innermost_automation_is_the_author(self):
        inner = self.action("record.write({'color': 9})")
        outer = self.run_code(
            f"env['ir.actions.server'].browse({inner.id}).run()\n"
            "record.write({'color': 3})"
        )
        self.assertEqual(
            [(c.source_ref, c.changes) for c in self.changes()],
            [
                (f"ir.actions.server,{inner.id}", {"color": [1, 9]}),
                (f"ir.actions.server,{outer.id}", {"color": [9, 3]}),
            ],
        )

    def test_kinds_of_fields(self):
        country = self.env.ref("base.be")
        tag = self.env["res.partner.category"].create({"name": "Gold"})
        self.run_code(
            f"record.write({{'country_id': {country.id}, 'type': 'invoice',"
            f"'category_id': [(4, {tag.id})], 'active': False,"
            "'image_1920': False, 'comment': '<p>Hello</p>'})"
        )
        change = self.changes()
        self.assertEqual(
            change.changes,
            {
                "country_id": [False, country.id],
                "type": ["contact", "invoice"],
                "category_id": [[], [tag.id]],
                "active": [True, False],
                "comment": [False, "<p>Hello</p>"],
            },
        )
        self.assertEqual(
            sorted(change.details.splitlines()),
            [
                "Active: yes → no",
                "Address Type: Contact → Invoice",
                "Country: nothing → Belgium",
                "Notes: nothing → Hello",
                "Tags: nothing → Gold",
            ],
        )

    def test_secrets_and_personal_data_are_hidden(self):
        self.run_code(
            "record.write({'email': 'ana@example.com', 'ref': 'token=hunter2'})"
        )
        self.assertEqual(
            self.changes().changes,
            {"email": [False, "[e-mail]"], "ref": [False, "token=***"]},
        )

    def test_a_field_that_is_secret_by_its_name(self):
        self.env["res.config.settings"].create(
            {"monitor_redact_keys": "barcode"}
        ).execute()
        self.follow("res.partner")
        self.run_code("record.write({'barcode': 'B1', 'name': 'Bob'})")
        change = self.changes()
        self.assertEqual(change.changes, {"barcode": "***", "name": ["Ana", "Bob"]})
        self.assertEqual(
            sorted(change.details.splitlines()),
            ["Barcode: changed", "Name: Ana → Bob"],
        )

    def test_many_records_one_by_one_are_counted_too(self):
        partners = self.env["res.partner"].create([{"name": f"P{n}"} for n in range(7)])
        with patch.object(change_recorder, "MAX_CHANGES", 5):
            self.run_code("for r in records:\n    r.write({'color': 5})", partners)
            found = self.changes()
        self.assertEqual(len(found), 6)
        self.assertEqual(found[-1].details, "2 further changes")

    def test_settings_are_never_followed(self):
        self.follow("ir.config_parameter", "res.partner")
        self.run_code("env['ir.config_parameter'].set_param('x.api_key', 'secret')")
        self.assertFalse(self.changes())

    def test_what_could_not_be_deleted_was_not_deleted(self):
        self.run_code(
            "try:\n    record.unlink()\nexcept Exception:\n"
            "    record.write({'ref': 'kept'})",
            self.viewer.partner_id,  # of an active user: Odoo refuses
        )
        self.assertEqual(self.changes().mapped("operation"), ["write"])

    def test_many_records_at_once_are_one_insert_and_bounded(self):
        partners = self.env["res.partner"].create([{"name": f"P{n}"} for n in range(7)])
        self.env.flush_all()
        with patch.object(change_recorder, "MAX_CHANGES", 5):
            self.run_code("records.write({'color': 5})", partners)
            with self.assertQueries_of("INSERT INTO monitor_change", 1):
                self.env.cr.flush()
        found = self.changes()
        self.assertEqual(len(found), 6)
        self.assertEqual(found[-1].operation, "more")
        self.assertEqual(found[-1].details, "2 further changes")

    def assertQueries_of(self, text, expected):
        """Count statements that hold ``text``."""
        case = self
        execute = type(self.env.cr).execute

        class Counter:
            """Counts while it is entered."""

            def __enter__(self):
                self.count = 0

                def counted(cr, query, *args, **kwargs):
                    self.count += text in str(getattr(query, "code", query))
                    return execute(cr, query, *args, **kwargs)

                self.patcher = patch.object(type(case.env.cr), "execute", counted)
                self.patcher.start()

            def __exit__(self, *_error):
                self.patcher.stop()
                case.assertEqual(self.count, expected)

        return Counter()

    # What it costs, and that it never hurts

    def statements(self, action):
        """Return how many SQL statements an automation that writes costs."""
        before = self.env.cr.sql_log_count
        action.with_context(
            active_model="res.partner",
            active_ids=self.partner.ids,
            active_id=self.partner.id,
        ).run()
        self.env.cr.flush()
        return self.env.cr.sql_log_count - before

    def test_no_statement_where_nothing_is_followed(self):
        action = self.action("record.write({'color': record.color + 1})")
        for _warm_up in range(3):
            followed = self.statements(action)
        self.follow()
        for _warm_up in range(3):
            not_followed = self.statements(action)
        nobody = ContextVar("nobody", default=None)
        with patch.object(base, "current_span", nobody):
            without_hook = self.statements(action)

        self.assertEqual(not_followed, without_hook)
        self.assertEqual(followed, not_followed + 1, "one INSERT")

    def test_a_savepoint_takes_its_changes_with_it(self):
        with self.env.cr.savepoint() as savepoint:
            self.run_code("record.write({'color': 3})")
            savepoint.rollback()
        self.assertFalse(self.changes())

    def test_an_automation_that_fails_changed_nothing(self):
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.run_code("record.write({'color': 3})\nraise UserError('no')")
        self.assertFalse(self.changes())

    def test_a_defect_of_ours_does_not_reach_the_automation(self):
        def broken(*_arguments):
            raise RuntimeError("broken")

        for name in ("_values", "_differences", "_common", "_buffer", "write_changes"):
            place = monitor_change if name == "write_changes" else change_recorder
            with (
                self.subTest(name=name),
                patch.object(place, name, broken),
                mute_logger("odoo.addons.monitor_core.models.monitor_recorder"),
            ):
                self.run_code(f"record.write({{'name': '{name}'}})")
                self.env.cr.flush()
                self.assertEqual(self.partner.name, name)

    def test_what_only_the_caller_can_answer_reaches_it(self):
        """Odoo repeats a transaction that lost a race, if it hears of it."""

        def lost(*_arguments):
            raise psycopg2.errors.SerializationFailure("lost")

        for name in ("_read", "_rows"):
            with (
                self.subTest(name=name),
                patch.object(change_recorder, name, lost),
                self.assertRaises(psycopg2.errors.SerializationFailure),
                self.env.cr.savepoint(),
            ):
                self.run_code("record.write({'name': 'Bob'})")

    def test_a_missing_table_does_not_abort_the_transaction(self):
        self.env.cr.execute("ALTER TABLE monitor_change RENAME TO elsewhere")
        with mute_logger("odoo.addons.monitor_core.models.monitor_recorder"):
            self.run_code("record.write({'name': 'Bob'})")
            self.env.cr.flush()
        self.env.cr.execute(
            "SELECT name FROM res_partner WHERE id = %s", self.partner._ids
        )
        self.assertEqual(self.env.cr.fetchone(), ("Bob",))

    def test_an_automation_may_write_what_it_may_not_read(self):
        action = self.action("record.sudo().write({'barcode': 'B1'})")
        action.with_user(self.nobody).sudo().with_context(
            active_model="res.partner",
            active_ids=self.partner.ids,
            active_id=self.partner.id,
        ).run()
        self.assertEqual(self.changes().user_id, self.nobody)

    # Who sees it

    def test_who_may_look(self):
        self.run_code("record.write({'name': 'Bob'})")
        change = self.changes()
        for user in (self.operator, self.manager, self.auditor):
            with self.subTest(user=user.login):
                self.assertEqual(
                    change.with_user(user).read(["details"])[0]["details"],
                    "Name: Ana → Bob",
                )
                with self.assertRaises(AccessError):
                    change.with_user(user).read(["changes"])
                with self.assertRaises(AccessError):
                    change.with_user(user).unlink()
        for user in (self.viewer, self.nobody, self.service, self.override):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                change.with_user(user).read(["details"])

    def test_values_only_for_whoever_may_read_the_record(self):
        self.env["ir.rule"].create(
            {
                "name": "Nobody's business",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "domain_force": f"[('id', '!=', {self.partner.id})]",
            }
        )
        self.run_code("record.write({'name': 'Bob'})")
        change = self.changes().with_user(self.operator)
        self.assertEqual(change.details, "You may not read this record (fields: 1).")
        self.assertEqual(change.record_name, f"res.partner,{self.partner.id}")

    def test_values_only_of_fields_that_may_be_read(self):
        field = self.env["res.partner"]._fields["ref"]
        with patch.object(field, "groups", "base.group_system"):
            self.run_code("record.write({'ref': 'S3'})")
            change = self.changes().with_user(self.operator)
            self.assertEqual(change.details, "Reference: changed")

    def test_other_companies(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.partner.company_id = company
        self.run_code("record.write({'name': 'Bob'})")
        change = self.changes()
        self.assertEqual(change.company_id, company)
        found = self.env["monitor.change"].with_user(self.operator).search([])
        self.assertFalse(found)

    def test_a_field_or_model_that_is_gone(self):
        self.run_code("record.write({'name': 'Bob'})")
        change = self.changes()
        self.env.cr.execute(
            "UPDATE monitor_change SET changes = '{\"x_gone\": [1, 2]}' WHERE id = %s",
            change.ids,
        )
        self.env.invalidate_all()
        self.assertEqual(change.details, "x_gone: 1 → 2")  # for administrators
        operator = change.with_user(self.operator)
        self.assertEqual(operator.details, "x_gone: changed")
        self.env.cr.execute("UPDATE monitor_change SET model = 'x.gone'")
        self.env.invalidate_all()
        self.assertEqual(change.record_name, f"x.gone,{self.partner.id}")
        self.assertEqual(change.details, "You may not read this record (fields: 1).")

    # Screens

    def test_forms_of_followed_models_have_a_button(self):
        def button(user, model="res.partner"):
            views = self.env[model].with_user(user).get_views([(False, "form")])
            arch = etree.fromstring(views["views"]["form"]["arch"])
            action = self.env.ref("monitor_core.monitor_change_action_record")
            return arch.find(f".//button[@name='{action.id}']")

        self.assertIsNotNone(button(self.operator))
        self.assertIsNone(button(self.viewer))
        self.follow("res.country")
        self.assertIsNone(button(self.operator))

    def test_settings_show_what_is_followed(self):
        settings = self.env["res.config.settings"].create({})
        self.assertEqual(
            settings.monitor_followed_model_ids.mapped("model"), ["res.partner"]
        )

    def test_open_record(self):
        self.run_code("record.write({'name': 'Bob'})")
        action = self.changes().action_open_record()
        self.assertEqual(
            (action["res_model"], action["res_id"]), ("res.partner", self.partner.id)
        )

    def test_old_changes_are_deleted_in_batches(self):
        self.run_code("record.write({'name': 'Bob'})")
        self.run_code("record.write({'name': 'Cara'})")
        change = self.changes()[0]
        self.env.cr.execute(
            "UPDATE monitor_change SET occurred_at = %s WHERE id = %s",
            [self.now() - timedelta(days=91), change.id],
        )
        self.assertEqual(self.env["monitor.change"]._gc_changes(), (1, False))
        self.assertEqual(len(self.changes()), 1)

    def test_the_clean_up_deletes_the_oldest_and_asks_for_more(self):
        for name in ("Bob", "Cara"):
            self.run_code(f"record.write({{'name': '{name}'}})")
        older, newer = self.changes().sorted("id")
        for change, days in ((newer, 91), (older, 92)):
            self.env.cr.execute(
                "UPDATE monitor_change SET occurred_at = %s WHERE id = %s",
                [self.now() - timedelta(days=days), change.id],
            )
        with patch.object(autovacuum_batch, "BATCH", 1):
            self.assertEqual(self.env["monitor.change"]._gc_changes(), (1, True))
        self.assertEqual(self.changes(), newer)
