from odoo.tests import HttpCase, tagged

from .test_decide import DecideCase


@tagged("post_install", "-at_install", "monitor", "monitor_browser")
class TestApprovalBrowser(DecideCase, HttpCase):
    """What somebody who is asked sees and clicks, in a real browser."""

    def test_who_is_asked_approves(self):
        document = self.make_document(name="Tour: new van", partner_latitude=50)
        approval = self.request(self.make_policy(mode="decide"), document)
        self.start_tour("/odoo", "monitor_approval_tour", login="approval_ben")
        self.assertEqual(approval.state, "approved")
        self.assertEqual(approval.decided_by_id, self.ben)
        self.assertEqual(approval.event_ids[-1:].comment, "Fine with me")
        self.assertEqual(approval.event_ids[-1:].origin, "screen")

    def test_hoot(self):
        self.browser_js(
            "/web/tests?headless&loglevel=2&preset=desktop&timeout=15000"
            "&filter=%22@monitor_approvals/%22",
            "",
            "",
            login="admin",
            timeout=300,
            success_signal="[HOOT] Test suite succeeded",
        )
