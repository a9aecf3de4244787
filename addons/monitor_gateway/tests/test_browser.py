from odoo.tests import HttpCase, tagged

from .events_case import EventsCase, event


@tagged("post_install", "-at_install", "monitor", "monitor_browser")
class TestBrowser(EventsCase, HttpCase):
    """What people see and click, in a real browser."""

    def test_a_manager_makes_a_heartbeat_and_sees_it_up(self):
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("web.base.url", self.base_url())
        self.tick()

        self.start_tour("/odoo", "monitor_gateway_heartbeat_tour", login="admin")

        made = self.env["monitor.workflow"].search(
            [("name", "=like", "Tour: nightly%")]
        )
        self.assertEqual(made.health, "healthy")
        signals = self.env["monitor.ping"].search([("workflow_id", "=", made.id)])
        self.assertEqual(
            signals.sorted("id").mapped("signal"), ["log", "start", "success"]
        )

    def test_an_administrator_changes_a_setting(self):
        self.start_tour("/odoo", "monitor_gateway_settings_tour", login="admin")

        value = self.env["ir.config_parameter"].get_param(
            "monitor_gateway.metrics_max_workflows"
        )
        self.assertEqual(value, "70")

    def test_a_manager_registers_a_type(self):
        kind = "com.tour.order.paid"
        for number in range(2):
            self.ingest(event(kind, {"order": f"SO{number}"}, source="/tour"))
        self.tick()

        self.start_tour("/odoo", "monitor_gateway_event_type_tour", login="admin")

        made = self.env["monitor.event.type"].search([("name", "=", kind)])
        self.assertEqual(made.owner_id.login, "admin")

    def test_hoot(self):
        self.browser_js(
            "/web/tests?headless&loglevel=2&preset=desktop&timeout=15000"
            "&filter=%22@monitor_gateway/%22",
            "",
            "",
            login="admin",
            timeout=300,
            success_signal="[HOOT] Test suite succeeded",
        )
