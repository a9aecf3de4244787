import argparse
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Command

from ..tools import clock
from .monitor_command import Subcommand

SERVICE = "monitor_core.group_monitor_service"
DEFAULT_DAYS = 365
MAX_DAYS = 3650
KEY_NAME = "Monitor service key"
SCOPE = "rpc"  # what Odoo asks of a key over RPC and as a bearer


class MonitorCommandServiceKey(models.AbstractModel):
    """``odoo monitor service-key``: API keys of accounts that cannot log in.

    Odoo lets only internal users make a key, each for herself. A service account is
    none, and the group *Service* is all it should have.
    """

    _inherit = "monitor.command"

    @api.model
    def _subcommands(self):
        return {
            **super()._subcommands(),
            "service-key": Subcommand(
                "make an API key for a service account and print it, once",
                self._service_key_arguments,
                self._run_service_key,
            ),
        }

    @api.model
    def _service_key_arguments(self, parser):
        parser.add_argument("--login", required=True, help="login of the account")
        parser.add_argument(
            "--days",
            type=_days,
            default=DEFAULT_DAYS,
            help=f"how long the key is valid, up to {MAX_DAYS}; 0: until it is "
            f"removed (default: {DEFAULT_DAYS})",
        )
        parser.add_argument(
            "--rotate",
            action="store_true",
            help="remove all other keys of the account: they end at once",
        )
        parser.add_argument(
            "--create", action="store_true", help="make the account if there is none"
        )

    @api.model
    def _run_service_key(self, options):
        account = self._account(options.login)
        if not account and options.create:
            account = self._create_account(options.login)
        if complaint := self._service_key_complaint(account, options.login):
            return 2, [{"error": complaint}]
        removed = self._remove_keys(account) if options.rotate else 0
        expires = options.days and clock.utcnow() + timedelta(days=options.days)
        # sudo: who may run this command may give a key that is valid for long
        keys = self.env["res.users.apikeys"].with_user(account).sudo()
        return 0, [
            {
                "login": account.login,
                "key": keys._generate(SCOPE, KEY_NAME, expires or None),
                "expires": fields.Datetime.to_string(expires) if expires else "never",
                "removed": removed,
            }
        ]

    @api.model
    def _account(self, login):
        users = self.env["res.users"].with_context(active_test=False)
        return users.search([("login", "=", login)], limit=1)

    @api.model
    def _create_account(self, login):
        # No mail with an invitation: nobody logs in with this account.
        users = self.env["res.users"].with_context(no_reset_password=True)
        groups = [Command.set(self.env.ref(SERVICE).ids)]
        return users.create({"name": login, "login": login, "group_ids": groups})

    @api.model
    def _service_key_complaint(self, account, login):
        """Return why this account gets no key here, ``None`` where it does."""
        if not account:
            return f"no such account: {login}; --create makes it"
        if not account.active:
            return f"the account {login} is archived"
        if not account.has_group(SERVICE):
            return f"the account {login} is not in the group Monitor service account"
        if account._is_internal():
            return f"the account {login} can do more; it makes its key in Odoo itself"
        return None

    @api.model
    def _remove_keys(self, account):
        keys = self.env["res.users.apikeys"].search([("user_id", "=", account.id)])
        count = len(keys)
        keys._remove()
        # Odoo remembers keys that were right; other processes too, see the signal
        # that the command line gives.
        self.env.registry.clear_cache()
        return count


def _days(text):
    days = int(text)
    if not 0 <= days <= MAX_DAYS:
        raise argparse.ArgumentTypeError(f"from 0 to {MAX_DAYS}")
    return days
