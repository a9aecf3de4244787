from odoo import models

from ..tools.span import current_span


class BaseAutomation(models.Model):
    """Rules and webhooks are observed; what they do and raise stays as it is."""

    _inherit = "base.automation"

    def _process(self, records, domain_post=None):
        """Observe the rule: one run for all records of one call.

        Odoo calls this also for records that turn out to be done already; such a call
        executes no action and is not a run.
        """
        if not records or len(self) != 1:
            return super()._process(records, domain_post=domain_post)
        return self._monitor_observe(
            lambda: super(BaseAutomation, self)._process(
                records, domain_post=domain_post
            ),
            records._name,
        )

    def _execute_webhook(self, payload):
        """Observe an inbound webhook, also where no record is found to run it on."""
        if len(self) != 1:
            return super()._execute_webhook(payload)
        return self._monitor_observe(
            lambda: super(BaseAutomation, self)._execute_webhook(payload),
            self.model_name,
        )

    def _monitor_observe(self, execute, model):
        """Call ``execute`` inside a span of this rule, unless one is open already."""
        source = (self._name, self.id)
        parent = current_span.get()
        if parent is not None and parent.source == source:
            return execute()
        recorder = self.env["monitor.recorder"]
        span = recorder._open(source, model)
        if span is None:
            return execute()
        token = current_span.set(span)
        try:
            result = execute()
        except Exception as error:
            recorder._fail(span, error)
            raise
        finally:
            current_span.reset(token)
        if span.executed:
            recorder._succeed(span)
        return result
