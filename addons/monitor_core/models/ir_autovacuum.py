import logging
from contextlib import contextmanager

from odoo import models

from .ir_cron import current_execution

VACUUM_LOGGER = "odoo.addons.base.models.ir_autovacuum"


class _Listener(logging.Handler):
    """Hands the exceptions that the vacuum logs and swallows to its execution."""

    def __init__(self, execution):
        super().__init__(logging.ERROR)
        self._execution = execution

    def emit(self, record):
        # Handlers are shared by threads: listen to this execution's own thread only.
        if record.exc_info and current_execution.get() is self._execution:
            self._execution.note_hidden(record.getMessage(), record.exc_info[1])


@contextmanager
def _listening(execution):
    logger, listener = logging.getLogger(VACUUM_LOGGER), _Listener(execution)
    level, propagate = logger.level, logger.propagate
    if not logger.isEnabledFor(logging.ERROR):
        # A server that logs no errors: then only the listener hears of them.
        logger.setLevel(logging.ERROR)
        logger.propagate = False
    logger.addHandler(listener)
    try:
        yield
    finally:
        logger.removeHandler(listener)
        logger.setLevel(level)
        logger.propagate = propagate


class IrAutovacuum(models.AbstractModel):
    """Clean-up methods that fail are heard of."""

    _inherit = "ir.autovacuum"

    def _run_vacuum_cleaner(self):
        """Note clean-up methods that fail: Odoo logs them and reports success."""
        execution = current_execution.get()
        if execution is None:
            return super()._run_vacuum_cleaner()
        with _listening(execution):
            return super()._run_vacuum_cleaner()
