from odoo.tests import TransactionCase, tagged

from .common import MonitorCase


@tagged("post_install", "-at_install", "monitor")
class TestRedactionSettings(MonitorCase, TransactionCase):
    """What is hidden is configured; what is stored obeys at once."""

    def setUp(self):
        super().setUp()
        self.flow = self.make_flow(steps=())

    def save(self, **values):
        self.env["res.config.settings"].create(values).execute()

    def stored(self, number, context, error="call +32 475 12 34 56"):
        """Return the context and error of a run that was reported with these."""
        key = f"redacted-{number}"
        api = self.api_of(self.service)
        api.run_start(self.flow.code, key, {"context": context})
        api.run_finish(self.flow.code, key, "failed", error)
        run = self.env["monitor.run"].search([("correlation_id", "=", key)])
        return run.context, run.error_message

    def test_the_default(self):
        context = {"salary": 10, "token_count": 5, "to": "ana@example.com"}
        self.assertEqual(
            self.stored(1, context),
            (
                {"salary": 10, "token_count": "***", "to": "[e-mail]"},
                "call [phone]",
            ),
        )

    def test_fields_are_added_and_excepted(self):
        self.save(
            monitor_redact_keys="salary, net pay", monitor_redact_never="token_count,"
        )
        context = {"salary": 10, "netPay": 9, "token_count": 5, "token": "x"}
        self.assertEqual(
            self.stored(1, context, "salary=10")[0],
            {"salary": "***", "netPay": "***", "token_count": 5, "token": "***"},
        )
        self.assertEqual(self.stored(2, {}, "salary=10 x=1")[1], "salary=*** x=1")

    def test_personal_data_may_be_kept(self):
        self.save(monitor_keep_emails=True, monitor_keep_phones=True)
        context = {"to": "ana@example.com", "iban": "x", "card": "4111 1111 1111 1111"}
        self.assertEqual(
            self.stored(1, context),
            (
                {"to": "ana@example.com", "iban": "***", "card": "***"},
                "call +32 475 12 34 56",
            ),
        )
        self.save(monitor_keep_emails=False)
        self.assertEqual(self.stored(2, {"to": "a@b.cd"})[0], {"to": "[e-mail]"})

    def test_what_an_automation_raises_obeys_too(self):
        self.save(monitor_redact_keys="salary")
        describe = self.env["monitor.recorder"]._describe
        told = describe(ValueError("salary=10 for ana@example.com"))
        self.assertEqual(told["error_message"], "salary=*** for [e-mail]")
