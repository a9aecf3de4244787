from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, new_test_user, tagged

from .common import MonitorCase


@tagged("post_install", "-at_install", "monitor")
class TestCompanies(MonitorCase, TransactionCase):
    """Each sees the workflows of their companies, and those of no company."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.home = cls.env.company
        cls.away = cls.env["res.company"].create({"name": "Away"})
        groups = "monitor_core.group_monitor_manager"
        cls.away_manager = new_test_user(
            cls.env, "monitor_away", groups=groups, company_id=cls.away.id
        )
        cls.both_manager = new_test_user(
            cls.env,
            "monitor_both",
            groups=groups,
            company_id=cls.home.id,
            company_ids=[(6, 0, [cls.home.id, cls.away.id])],
        )

    def setUp(self):
        super().setUp()
        self.flows = {
            "home": self.make_flow(code="home", name="H", company_id=self.home.id),
            "away": self.make_flow(code="away", name="A", company_id=self.away.id),
            "shared": self.make_flow(code="shared", name="S"),
        }
        # The account that reports belongs to both: its runs get the flow's company.
        self.service.company_ids = self.home + self.away
        api = self.api_of(self.service)
        for code in self.flows:
            api.run_start(code, "1")
            api.run_finish(code, "1", "failed", "no stock")
            self.env["monitor.team"].create(
                {"name": code, "company_id": self.flows[code].company_id.id}
            )
        self.tick()

    def seen_by(self, user, model, **context):
        """Return the codes of the flows whose records ``user`` finds."""
        field = {"monitor.workflow": "code", "monitor.team": "name"}
        path = field.get(model, "workflow_id.code")
        records = self.env[model].with_user(user).with_context(**context).search([])
        return set(records.sudo().mapped(path)) & set(self.flows)

    def test_each_model_shows_the_own_companies_and_the_shared(self):
        for model in (
            "monitor.workflow",
            "monitor.flow.step",
            "monitor.team",
            "monitor.rollup",
            "monitor.rollup.day",
        ):
            for user, expected in (
                (self.manager, {"home", "shared"}),
                (self.away_manager, {"away", "shared"}),
            ):
                with self.subTest(f"{model} {user.login}"):
                    self.assertEqual(self.seen_by(user, model), expected)

    def test_runs_and_events_are_of_the_company_of_their_flow(self):
        """A shared flow's belong to the company in which they were reported."""
        for model in ("monitor.run", "monitor.event", "monitor.error.group"):
            with self.subTest(model):
                self.assertEqual(self.seen_by(self.manager, model), {"home", "shared"})
                self.assertNotIn("home", self.seen_by(self.away_manager, model))
                self.assertIn("away", self.seen_by(self.away_manager, model))

    def test_runs_and_errors_of_a_shared_flow_are_those_of_the_own_company(self):
        for model in ("monitor.run", "monitor.error.group"):
            with self.subTest(model):
                self.assertNotIn("shared", self.seen_by(self.away_manager, model))

    def test_an_error_of_another_company_is_not_quoted(self):
        """Who shares a flow sees that it fails, not what it said to others."""
        shared = self.flows["shared"]

        self.assertIn("no stock", shared.with_user(self.manager).health_reason)
        self.assertIn("no stock", shared.with_user(self.both_manager).health_reason)
        reason = shared.with_user(self.away_manager).health_reason
        self.assertIn("The last run failed at", reason)
        self.assertNotIn("no stock", reason)
        told = self.api_of(self.away_manager).health(["shared"])[0]["reason"]
        self.assertEqual(told, reason)

    def test_an_error_group_opens_the_runs_of_its_company(self):
        group = self.env["monitor.error.group"].search(
            [("workflow_id", "=", self.flows["shared"].id)]
        )

        runs = self.env["monitor.run"].search(group.action_open_runs()["domain"])

        self.assertEqual(runs.company_id, self.home)
        self.assertEqual(len(runs), group.count)

    def test_the_companies_chosen_in_the_menu_count(self):
        user = self.both_manager
        both = [self.home.id, self.away.id]

        self.assertEqual(
            self.seen_by(user, "monitor.workflow", allowed_company_ids=both),
            {"home", "away", "shared"},
        )
        self.assertEqual(
            self.seen_by(user, "monitor.workflow", allowed_company_ids=both[1:]),
            {"away", "shared"},
        )

    def test_a_record_of_another_company_cannot_be_read_by_its_id(self):
        for model in ("monitor.workflow", "monitor.run", "monitor.flow.step"):
            field = "id" if model == "monitor.workflow" else "workflow_id"
            record = self.env[model].search(
                [(field, "=", self.flows["away"].id)], limit=1
            )
            with self.subTest(model), self.assertRaises(AccessError):
                record.with_user(self.manager).read()

    def test_nobody_makes_a_workflow_for_another_company(self):
        workflows = self.env["monitor.workflow"].with_user(self.manager)

        with self.assertRaises(AccessError):
            workflows.create({"name": "X", "code": "x", "company_id": self.away.id})

    def test_buttons_reach_no_other_company(self):
        flow = self.flows["away"].with_user(self.manager)

        for button in ("action_pause", "action_resume", "action_run_now"):
            with self.subTest(button), self.assertRaises(AccessError):
                getattr(flow, button)()

    def test_health_over_rpc_tells_the_own_companies_and_the_shared(self):
        rows = self.api_of(self.away_manager).health(list(self.flows))

        self.assertEqual({row["code"] for row in rows}, {"away", "shared"})
