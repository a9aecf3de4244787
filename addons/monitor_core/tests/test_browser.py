from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import MonitorCase

CRON_LOG = "odoo.addons.base.models.ir_cron"


@tagged("post_install", "-at_install", "monitor", "monitor_browser")
class TestBrowser(MonitorCase, HttpCase):
    """What people see and click, in a real browser."""

    def test_a_manager_finds_what_fails_and_pauses_it(self):
        cron = self.make_cron(
            name="Tour: nightly import",
            code="raise UserError('The remote server is gone')",
        )
        with mute_logger(CRON_LOG):
            cron.method_direct_trigger()
        self.tick()

        self.start_tour("/odoo", "monitor_core_board_tour", login="admin")

    def test_a_changed_setting_shows_its_effect(self):
        self.make_automation(name="Tour: automation rule")
        self.tick()

        self.start_tour("/odoo", "monitor_core_settings_tour", login="admin")

    def test_a_manager_allows_run_now_for_many_in_the_list(self):
        crons = self.make_cron(name="Tour: first") + self.make_cron(name="Tour: second")
        self.tick()

        self.start_tour(
            "/odoo/monitor?view_type=list",
            "monitor_core_run_now_tour",
            login="monitor_manager",
        )

        for cron in crons:
            self.assertTrue(self.workflow_of(cron).run_now_allowed)

    def test_a_viewer_reads_the_statistics_of_a_workflow(self):
        self.make_flow(name="Tour: statistics", steps=())
        api = self.api_of(self.service)
        api.run_start("order-to-cash", "SO1")
        api.run_finish("order-to-cash", "SO1", "succeeded")
        self.tick()

        self.start_tour(
            "/odoo/monitor-statistics",
            "monitor_core_statistics_tour",
            login="monitor_viewer",
        )

    def test_hoot(self):
        self.browser_js(
            "/web/tests?headless&loglevel=2&preset=desktop&timeout=15000"
            "&filter=%22@monitor_core/%22",
            "",
            "",
            login="admin",
            timeout=300,
            success_signal="[HOOT] Test suite succeeded",
        )
