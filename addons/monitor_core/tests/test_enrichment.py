from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from .enrichment_case import EnrichmentCase

REFUSED = {
    # path: part of the message
    "": "1 to 4 fields",
    "x_gone": "has no field",
    "parent_id.parent_id.parent_id.parent_id.name": "1 to 4 fields",
    "name.lang": "leads nowhere",
    "child_ids": "one2many",
    "child_ids.name": "leads nowhere",
    "category_id": "many2many",
    "image_1920": "binary",
    "comment": "html",
    "partner_share.id": "leads nowhere",
    "barcode": "another value in each company",
    "tz_offset": "not stored",
    "user_id.password": "secret",
    "signup_type": "certain people",
    "company_id.child_ids.name": "leads nowhere",
}


@tagged("post_install", "-at_install", "monitor")
class TestEnrichment(EnrichmentCase):
    """What can be configured, by whom, and what is said to who may not."""

    def refuse(self, message, user=None, **values):
        line = {"key": "note", "path": "ref", **values}
        rule = self.rule.with_user(user or self.manager)
        with self.refused(message):
            rule.write({"line_ids": [Command.create(line)]})

    def test_what_cannot_be_copied_is_refused_with_the_reason(self):
        for path, message in REFUSED.items():
            with self.subTest(path):
                self.refuse(message, path=path)

    def test_a_relation_is_followed_through_what_is_only_related(self):
        self.rule.line_ids.unlink()
        self.rule.line_ids = [
            Command.create({"key": "login", "path": "user_id.login"}),
            Command.create({"key": "owner", "path": "user_id.name"}),
            Command.create({"key": "place", "path": "user_id.country_id"}),
            Command.create({"key": "company", "path": "is_company"}),
            Command.create({"key": "kind", "path": "type"}),
            Command.create({"key": "since", "path": "create_date"}),
            Command.create({"key": "colour", "path": "color"}),
        ]
        self.manager.country_id = belgium = self.env.ref("base.be")
        action = self.make_action()
        partner = self.make_partner(color=3)

        self.run_on(action, partner)

        context = self.runs_of(action).context
        created = partner.create_date.replace(microsecond=0)
        self.assertEqual(context.pop("since"), created.isoformat())
        self.assertEqual(
            context,
            {
                "login": "monitor_manager",
                "owner": self.manager.name,
                "place": belgium.name,
                "place_id": belgium.id,
                "company": False,
                "kind": "contact",
                "colour": 3,
            },
        )

    def test_what_she_may_not_read_herself_cannot_be_configured(self):
        model = self.env["ir.model"]._get_id("ir.logging")
        lines = [Command.create({"key": "note", "path": "name"})]
        values = {"model_id": model, "line_ids": lines}

        rules = self.env["monitor.enrichment"].with_user(self.manager)
        with self.refused("You may not read"):
            rules.create(values)

        rule = self.env["monitor.enrichment"].create(values)
        self.assertFalse(rule.with_user(self.manager).has_problem)

    def test_secret_fields_are_those_of_the_settings_too(self):
        parameter = "monitor_core.redact_keys"
        self.env["ir.config_parameter"].set_param(parameter, "ref")

        self.refuse("secret")

    def test_the_fields_must_fit_other_records_too(self):
        with self.refused("has no field"):
            self.rule.model_id = self.env["ir.model"]._get("res.country")

    def test_keys_are_checked(self):
        for key in "Tier", "2nd", "a b", "x" * 41, "é":
            with self.subTest(key):
                self.refuse("small letters", key=key)

    def test_two_lines_never_fill_the_same_name(self):
        self.refuse("two of the lines", key="sla_category")
        self.refuse("two of the lines", key="approval_owner_id")

    def test_there_are_not_too_many_lines(self):
        lines = [{"key": f"note_{n}", "path": "ref"} for n in range(18)]
        with self.refused("At most 20"):
            self.rule.line_ids = list(map(Command.create, lines))

    def test_records_without_a_table_of_their_own_are_refused(self):
        for model in "mail.thread", "res.config.settings", "monitor.event":
            with self.subTest(model), self.assertRaises(ValidationError):
                self.make_rule(model)

    def test_a_kind_of_records_has_one_rule(self):
        with self.refused("one business context"):
            self.rule.copy()

    def test_a_change_counts_at_once(self):
        action = self.make_action()
        changes = {
            "line": lambda: self.rule.line_ids[-1].write({"path": "name"}),
            "gone": lambda: self.rule.line_ids[-1].unlink(),
            "rule": lambda: self.rule.unlink(),
        }
        expected = {"line": "Ana", "gone": None, "rule": None}
        for name, change in changes.items():
            change()
            self.run_on(action, self.make_partner())
            context = self.runs_of(action)[-1].context or {}
            self.assertEqual(context.get("sla_category"), expected[name], name)
        self.assertFalse(context)

    # The form

    def test_the_form_knows_the_usual_keys(self):
        self.rule.unlink()
        form = Form(self.env["monitor.enrichment"].with_user(self.manager))
        form.model_id = self.env["ir.model"]._get("res.partner")
        with form.line_ids.new() as line:
            line.topic = "customer_tier"
            line.path = "industry_id"
        with form.line_ids.new() as line:
            line.topic = "other"
            line.key = "reference"
            line.path = "ref"
        rule = form.save()

        self.assertEqual(
            rule.line_ids.mapped("key"),
            ["approval_owner", "customer_tier", "reference"],
        )
        self.assertEqual(
            rule.line_ids.mapped("topic"), ["approval_owner", "customer_tier", "other"]
        )
        self.assertEqual(
            rule.line_ids.mapped("label"), ["Salesperson", "Industry", "Reference"]
        )
        self.assertEqual(rule.keys, "approval_owner, customer_tier, reference")

    def test_the_preview_shows_what_would_be_copied(self):
        partner = self.make_partner(ref="<b>gold</b>")
        self.env.flush_all()
        rule = self.rule.with_user(self.manager)

        rule.sample_id = partner.id

        self.assertIn("Chocolate", rule.preview)
        self.assertIn("&lt;b&gt;gold", rule.preview)

    def test_the_preview_begins_with_the_newest_record(self):
        partner = self.make_partner()

        self.assertEqual(self.rule.with_user(self.manager).sample_id, partner.id)

    def test_the_preview_shows_no_record_that_she_may_not_see(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        partner = self.make_partner(company_id=other.id, ref="theirs")
        self.env.flush_all()
        rule = self.rule.with_user(self.manager)

        rule.sample_id = partner.id

        self.assertNotIn("theirs", rule.preview)
        self.assertIn("no record that you may read", rule.preview)

    # People

    def test_only_managers_find_the_menu(self):
        menu = self.env.ref("monitor_core.monitor_menu_enrichment")
        menus = self.env["ir.ui.menu"]
        for user, sees in (self.manager, True), (self.operator, False):
            visible = menus.with_user(user)._visible_menu_ids()
            self.assertEqual(menu.id in visible, sees)

    def test_the_context_stays_with_operators_and_auditors(self):
        action = self.make_action()
        self.run_on(action, self.make_partner())
        run = self.runs_of(action)

        for user in self.operator, self.auditor:
            self.assertEqual(run.with_user(user).context, self.copied())
        with self.assertRaises(AccessError):
            run.with_user(self.viewer).read(["context"])

    def test_the_settings_count_the_rules(self):
        admin = new_test_user(self.env, "sysadmin", groups="base.group_system")

        settings = self.env["res.config.settings"].with_user(admin).create({})

        rules = self.env["monitor.enrichment"].search_count([])
        self.assertEqual(settings.monitor_enrichment_count, rules)
