"""Work in transactions of its own, as scheduled actions do it."""

from odoo.addons.monitor_core.tools.fingerprint import is_retryable

ATTEMPTS = 5


def anew(env, work, commit=None):
    """Do ``work()`` and ``commit()``; what lost a race to another is done anew.

    Without ``commit`` the transaction is the caller's, and so is what to do then.

    :return: what ``work()`` returned
    """
    for left in reversed(range(ATTEMPTS)):
        try:
            result = work()
            if commit:
                commit()
            return result
        except Exception as error:
            if not commit or not left or not is_retryable(error):
                raise
            env.cr.rollback()
            env.invalidate_all(flush=False)
    raise AssertionError("the last attempt returns or raises")
