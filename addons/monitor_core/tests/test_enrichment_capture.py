from contextlib import suppress
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models import monitor_enrichment
from .checkpoint_case import CheckpointCase
from .enrichment_case import EnrichmentCase

RECORDER_LOG = "odoo.addons.monitor_core.models.monitor_recorder"


@tagged("post_install", "-at_install", "monitor")
class TestEnrichmentCapture(EnrichmentCase):
    """Runs of Odoo's own automations carry what matters of their record."""

    def test_a_run_and_its_event_carry_what_is_configured(self):
        action = self.make_action()

        self.run_on(action, self.make_partner())

        run = self.runs_of(action)
        self.assertEqual(run.context, self.copied())
        event = self.env["monitor.event"].search([("run_id", "=", run.id)])
        self.assertEqual(event.context, self.copied())

    def test_a_rule_carries_what_its_own_transaction_wrote(self):
        rule = self.make_automation(code="record.write({'ref': 'silver'})")

        self.make_partner()

        self.assertEqual(self.runs_of(rule).context, self.copied(sla_category="silver"))

    def test_a_later_change_of_the_record_does_not_alter_it(self):
        action, partner = self.make_action(), self.make_partner()
        self.run_on(action, partner)
        run = self.runs_of(action)

        partner.ref = "bronze"
        self.tick()

        self.assertEqual(run.context, self.copied())

    def test_a_run_about_many_records_carries_nothing(self):
        action = self.make_action()

        self.run_on(action, self.make_partner() | self.make_partner())

        self.assertFalse(self.runs_of(action).context)

    def test_a_record_that_is_gone_leaves_nothing(self):
        action = self.make_action("record.unlink()")

        self.run_on(action, self.make_partner())

        self.assertRecordValues(
            self.runs_of(action), [{"state": "succeeded", "context": False}]
        )

    def test_a_record_of_another_company_is_not_copied(self):
        action, other = (
            self.make_action(),
            self.env["res.company"].create({"name": "Elsewhere"}),
        )

        self.run_on(action, self.make_partner(company_id=other.id))
        self.run_on(action, self.make_partner(company_id=self.env.company.id))

        theirs, ours = self.runs_of(action)
        self.assertFalse(theirs.context)
        self.assertEqual(ours.context, self.copied())

    def test_the_first_of_the_companies_at_work_is_asked(self):
        action, other = (
            self.make_action(),
            self.env["res.company"].create({"name": "Elsewhere"}),
        )
        self.env.user.company_ids |= other
        partner = self.make_partner(company_id=other.id)

        self.run_on(action, partner, allowed_company_ids=other.ids)

        self.assertEqual(self.runs_of(action).context, self.copied())

    def test_secrets_and_personal_data_are_hidden(self):
        action = self.make_action()

        self.run_on(action, self.make_partner(ref="ana@example.com"))

        self.assertEqual(
            self.runs_of(action).context, self.copied(sla_category="[e-mail]")
        )

    def test_it_keeps_within_the_limit_of_a_context(self):
        parameter = "monitor_core.context_limit_kb"
        self.env["ir.config_parameter"].set_param(parameter, "1")
        self.make_rule_of_texts()
        action = self.make_action()

        self.run_on(action, self.make_partner(street="s" * 600, city="c" * 400))

        context = self.runs_of(action).context
        self.assertEqual(context["one"], "s" * 500)
        self.assertEqual(context["two"], "c" * 400)
        self.assertNotIn("three", context)

    def make_rule_of_texts(self):
        self.rule.unlink()
        self.make_rule("res.partner", one="street", two="city", three="street")

    def test_an_archived_rule_copies_nothing(self):
        self.rule.active = False
        action = self.make_action()

        self.run_on(action, self.make_partner())

        self.assertFalse(self.runs_of(action).context)

    def test_texts_are_copied_in_the_language_of_the_first_company(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        first = self.env["res.company"].search([], order="id", limit=1)
        first.partner_id.lang = "fr_FR"
        self.industry.with_context(lang="fr_FR").name = "Chocolat"
        self.rule._forget_plans()
        action = self.make_action()

        self.run_on(action, self.make_partner())

        self.assertEqual(self.runs_of(action).context["customer_tier"], "Chocolat")

    # What it costs

    def test_one_more_select_for_all_records_of_a_model(self):
        action = self.make_action()
        for partner in self.make_partner(), self.make_partner():
            self.run_on(action, partner)
        self.env.cr.flush()
        for partner in self.make_partner(), self.make_partner():
            self.run_on(action, partner)
        self.env.flush_all()

        # the SELECT, the end of its savepoint, and the INSERT that is there anyway
        with self.assertQueryCount(3, flush=False):
            self.env.cr.precommit.run()

    def test_nothing_more_where_nothing_is_configured_for_the_model(self):
        industries = self.env["ir.model"]._get_id("res.partner.industry")
        action = self.make_action(model_id=industries)
        self.run_on(action, self.industry)
        self.env.cr.flush()
        self.run_on(action, self.industry)
        self.env.flush_all()

        with self.assertQueryCount(1, flush=False):
            self.env.cr.precommit.run()

    def test_it_neither_flushes_nor_reads_through_the_orm(self):
        partner = self.make_partner()
        self.env.flush_all()
        self.env.invalidate_all()
        row = {
            "model": "res.partner",
            "res_id": partner.id,
            "company_id": self.env.company.id,
            "user_id": self.env.uid,
        }
        partner.ref = "pending"
        self.env["monitor.enrichment"]._cached_plans()
        self.env["monitor.config"]._switches()

        with self.assertQueryCount(2, flush=False):
            self.env["monitor.enrichment"]._enrich([row])

        self.assertEqual(row["context"]["sla_category"], "gold")
        self.env.cr.execute("SELECT ref FROM res_partner WHERE id = %s", [partner.id])
        self.assertEqual(self.env.cr.fetchone(), ("gold",))

    # Whatever happens, business goes on

    @mute_logger(RECORDER_LOG)
    def test_a_defect_of_ours_leaves_the_run_and_the_caller(self):
        action, partner = self.make_action(), self.make_partner()

        with patch.object(monitor_enrichment.enrichment, "parts", side_effect=KeyError):
            self.run_on(action, partner)
            self.env.cr.flush()

        self.assertRecordValues(
            self.runs_of(action), [{"state": "succeeded", "context": False}]
        )

    @mute_logger(RECORDER_LOG)
    def test_a_column_that_is_gone_leaves_the_run_and_the_caller(self):
        action, partner = self.make_action(), self.make_partner()
        self.run_on(action, partner)
        self.env.flush_all()
        self.env.cr.execute("ALTER TABLE res_partner_industry RENAME name TO gone")

        self.env.cr.precommit.run()

        self.env.cr.execute("ALTER TABLE res_partner_industry RENAME gone TO name")
        self.assertRecordValues(
            self.runs_of(action), [{"state": "succeeded", "context": False}]
        )

    @mute_logger(RECORDER_LOG)
    def test_rules_that_cannot_be_read_leave_the_run_and_the_caller(self):
        action, partner = self.make_action(), self.make_partner()
        self.env.registry.clear_cache("stable")
        self.env.cr.execute("ALTER TABLE monitor_enrichment_line RENAME TO gone")
        self.run_on(action, partner)
        self.env.cr.flush()
        self.env.cr.execute("ALTER TABLE gone RENAME TO monitor_enrichment_line")

        self.assertEqual(self.runs_of(action).state, "succeeded")

    def test_a_field_that_is_gone_is_left_out(self):
        line = self.rule.line_ids[-1]
        self.env.cr.execute(
            "UPDATE monitor_enrichment_line SET path = 'x_gone' WHERE id = %s",
            [line.id],
        )
        self.env.invalidate_all()
        self.env.registry.clear_cache("stable")
        action = self.make_action()

        self.run_on(action, self.make_partner())

        context = self.runs_of(action).context
        self.assertNotIn("sla_category", context)
        self.assertEqual(context["customer_tier"], "Chocolate")
        self.assertIn("x_gone", line.problem)
        self.assertTrue(self.rule.has_problem)


@tagged("post_install", "-at_install", "monitor")
class TestEnrichmentFailures(EnrichmentCase):
    """A failure is written after the rollback, with the record as it then is."""

    def fail_on(self, partner, code="raise UserError('credit limit reached')"):
        action = self.make_action(code)
        self.env.cr.flush()
        with self.enter_registry_test_mode():
            with suppress(UserError), self.registry.cursor() as cr:
                self.run_on(action.with_env(self.env(cr=cr)), partner)
        return self.runs_of(action)

    def test_a_failed_run_carries_it_too(self):
        run = self.fail_on(self.make_partner())

        self.assertEqual(run.state, "failed")
        self.assertEqual(run.context, self.copied())
        event = self.env["monitor.event"].search([("run_id", "=", run.id)])
        self.assertEqual(event.context, self.copied())

    def test_what_was_rolled_back_is_not_copied(self):
        run = self.fail_on(
            self.make_partner(),
            "record.write({'ref': 'undone'})\nrecord.flush_recordset()\n"
            "raise UserError('credit limit reached')",
        )

        self.assertEqual(run.context, self.copied())

    def test_a_failure_on_a_record_that_is_gone_is_still_recorded(self):
        partner = self.make_partner()
        partner.unlink()

        run = self.fail_on(partner)

        self.assertEqual(run.state, "failed")
        self.assertFalse(run.context)

    @mute_logger(RECORDER_LOG)
    def test_a_defect_of_ours_loses_no_failure(self):
        partner = self.make_partner()

        with patch.object(monitor_enrichment.enrichment, "parts", side_effect=KeyError):
            run = self.fail_on(partner)

        self.assertEqual(run.state, "failed")


@tagged("post_install", "-at_install", "monitor")
class TestEnrichmentCheckpoints(EnrichmentCase, CheckpointCase):
    """Checkpoints that a rule records carry it, and give it to their run."""

    def test_a_checkpoint_and_its_run_carry_it(self):
        partner = EnrichmentCase.make_partner(self)
        self.env.cr.flush()

        self.assertEqual(
            self.checkpoints().mapped("context"), [self.copied(), self.copied()]
        )
        self.tick()

        run = self.flow.run_ids
        self.assertEqual(run.context, self.copied())
        self.assertEqual((run.model, run.res_id), ("res.partner", partner.id))

    def test_a_later_checkpoint_does_not_alter_the_run(self):
        partner = EnrichmentCase.make_partner(self, ref=False)
        self.tick()

        partner.ref = "silver"
        self.tick()

        checkpoints = self.checkpoints()
        self.assertEqual(checkpoints[-1].context["sla_category"], "silver")
        self.assertNotIn("sla_category", self.flow.run_ids.context)

    def test_what_a_savepoint_undoes_leaves_no_checkpoint(self):
        with self.assertRaises(UserError), self.env.cr.savepoint():
            EnrichmentCase.make_partner(self)
            raise UserError(self.env._("undone"))
        self.env.cr.flush()

        self.assertFalse(self.checkpoints())

    @mute_logger(RECORDER_LOG)
    def test_a_defect_of_ours_leaves_the_checkpoint_and_the_caller(self):
        with patch.object(monitor_enrichment.enrichment, "parts", side_effect=KeyError):
            EnrichmentCase.make_partner(self)
            self.env.cr.flush()

        self.assertEqual(len(self.checkpoints()), 2)
