from datetime import timedelta

from odoo.tests import tagged

from .command_case import CommandCase


@tagged("post_install", "-at_install", "monitor")
class TestServiceKey(CommandCase):
    """``odoo monitor service-key`` gives an API key to who cannot make one."""

    def make_key(self, *args, status=0):
        """Run the subcommand; return the row that it prints."""
        answer, (row,) = self.json_of("service-key", *args)
        self.assertEqual(answer, status, row)
        return row

    def refused(self, *args):
        before = self.env["res.users.apikeys"].search_count([])
        row = self.make_key(*args, status=2)
        self.assertEqual(self.env["res.users.apikeys"].search_count([]), before)
        self.assertEqual(set(row), {"error"})
        return row["error"]

    def user_of(self, key):
        keys = self.env["res.users.apikeys"]
        return keys._check_credentials(scope="rpc", key=key)

    def keys_of(self, user):
        return self.env["res.users.apikeys"].search([("user_id", "=", user.id)])

    def test_a_key_is_printed_and_lets_the_account_in(self):
        row = self.make_key("--login", self.service.login)

        self.assertEqual(list(row), ["login", "key", "expires", "removed"])
        self.assertEqual(self.user_of(row["key"]), self.service.id)
        self.assertEqual(row["removed"], 0)

    def test_people_see_the_whole_key(self):
        _status, output = self.command("service-key", "--login", self.service.login)

        key = output.splitlines()[-1].split()[1]
        self.assertEqual(self.user_of(key), self.service.id)

    def test_it_is_valid_for_a_year_unless_told_otherwise(self):
        self.set_clock(self.now())
        for args, days in (((), 365), (("--days", "7"), 7)):
            row = self.make_key("--login", self.service.login, *args)

            expires = self.keys_of(self.service).sorted("id")[-1].expiration_date
            self.assertEqual(expires, self.now() + timedelta(days=days))
            self.assertEqual(row["expires"], str(expires))

    def test_it_may_be_valid_for_ever(self):
        row = self.make_key("--login", self.service.login, "--days", "0")

        self.assertEqual(row["expires"], "never")
        self.assertFalse(self.keys_of(self.service).expiration_date)

    def test_days_that_are_none(self):
        for days in ("-1", "3651", "many"):
            usage = ("service-key", "--login", self.service.login, "--days", days)
            self.assertIn("--days", self.usage_error(*usage))
        self.assertFalse(self.keys_of(self.service))

    def test_a_second_key_leaves_the_first(self):
        first = self.make_key("--login", self.service.login)
        second = self.make_key("--login", self.service.login)

        for row in (first, second):
            self.assertEqual(self.user_of(row["key"]), self.service.id)

    def test_rotate_ends_the_others_of_this_account(self):
        first = self.make_key("--login", self.service.login)
        other = self.make_key("--login", "other", "--create")

        second = self.make_key("--login", self.service.login, "--rotate")

        self.assertEqual(second["removed"], 1)
        self.assertFalse(self.user_of(first["key"]))
        self.assertEqual(self.user_of(second["key"]), self.service.id)
        self.assertTrue(self.user_of(other["key"]))

    def test_an_account_is_made_with_the_group_and_nothing_else(self):
        mails = self.env["mail.mail"].search_count([])

        row = self.make_key("--login", "webshop", "--create")

        account = self.env["res.users"].search([("login", "=", "webshop")])
        self.assertEqual(self.user_of(row["key"]), account.id)
        service = self.env.ref("monitor_core.group_monitor_service")
        self.assertEqual(account.all_group_ids, service)
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)

    def test_create_takes_the_account_that_is_there(self):
        self.make_key("--login", self.service.login, "--create")

        self.assertEqual(len(self.keys_of(self.service)), 1)

    def test_an_unknown_account(self):
        self.assertIn("--create", self.refused("--login", "webshop"))

    def test_an_archived_account(self):
        self.service.active = False

        for args in ((), ("--create",)):
            complaint = self.refused("--login", self.service.login, *args)
            self.assertIn("is archived", complaint)

    def test_other_accounts_get_none(self):
        for user in (self.nobody, self.manager, self.env.ref("base.user_admin")):
            complaint = self.refused("--login", user.login, "--rotate")
            self.assertIn("not in the group", complaint)

    def test_an_account_that_can_do_more_gets_none(self):
        self.service.group_ids += self.env.ref("base.group_user")

        complaint = self.refused("--login", self.service.login)

        self.assertIn("can do more", complaint)

    def test_an_account_must_be_named(self):
        self.assertIn("--login", self.usage_error("service-key"))
