from unittest.mock import patch

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.monitor_core.tests.common import MonitorCase

CRON_LOG = "odoo.addons.base.models.ir_cron"


@tagged("post_install", "-at_install", "monitor", "monitor_browser")
class TestIncidentBrowser(MonitorCase, HttpCase):
    """What an operations user sees and clicks, in a real browser."""

    def test_an_operator_acknowledges_runs_again_and_sees_it_recover(self):
        cron = self.make_cron(
            name="Tour: nightly import",
            code="raise UserError('The remote server is gone')",
        )
        with mute_logger(CRON_LOG):
            for _time in range(2):
                cron.method_direct_trigger()
        self.tick()
        workflow = self.workflow_of(cron)
        workflow.run_now_allowed = True
        incident = workflow.incident_ids
        self.assertEqual(incident.state, "new")
        incident.last_notified_at = self.now()  # its owner was told
        cron.code = "pass"
        case = self

        def run_at_once(self, at=None):
            """No worker takes scheduled actions in a test; the tick follows at once."""
            self.method_direct_trigger()
            case.tick()
            return self.env["ir.cron.trigger"]

        with patch.object(type(cron), "_trigger", run_at_once):
            self.start_tour("/odoo", "monitor_incident_tour", login="monitor_operator")

        self.assertEqual(incident.state, "resolved")
        self.assertEqual(incident.resolution, "recovered")
        self.assertEqual(incident.acknowledged_by_id, self.operator)

    def test_hoot(self):
        self.browser_js(
            "/web/tests?headless&loglevel=2&preset=desktop&timeout=15000"
            "&filter=%22@monitor_incident/%22",
            "",
            "",
            login="admin",
            timeout=300,
            success_signal="[HOOT] Test suite succeeded",
        )
