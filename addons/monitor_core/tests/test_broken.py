from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ..models import monitor_recorder
from .common import MonitorCase

DISK_FULL = """
    CREATE OR REPLACE FUNCTION monitor_disk_full() RETURNS trigger AS $$
    BEGIN RAISE EXCEPTION 'could not extend file: No space left on device'
          USING ERRCODE = '53100'; END $$ LANGUAGE plpgsql;
    CREATE TRIGGER disk_full BEFORE INSERT ON monitor_run
       FOR EACH ROW EXECUTE FUNCTION monitor_disk_full();
"""


@tagged("post_install", "-at_install", "monitor")
class TestBrokenMonitor(MonitorCase, TransactionCase):
    """A monitor that is broken on purpose changes no business outcome."""

    def setUp(self):
        super().setUp()
        self.rule = self.make_automation(code="record.write({'comment': 'seen'})")
        self.cron = self.make_cron(code="env['res.partner'].create({'name': 'Zoe'})")
        self.env.cr.flush()
        monitor_recorder._last.update(wake=0.0, self_error=0.0)
        self.startPatcher(
            mute_logger("odoo.addons.monitor_core.models.monitor_recorder")
        )
        self.startPatcher(mute_logger("odoo.addons.monitor_core.models.ir_cron"))

    def startPatcher(self, patcher):
        patcher.__enter__()
        self.addCleanup(patcher.__exit__, None, None, None)

    def assert_business_goes_on(self):
        """Rule and scheduled action do their work, and it is committed."""
        with self.enter_registry_test_mode():
            with self.registry.cursor() as cr:
                partner = self.env(cr=cr)["res.partner"].create({"name": "Ana"})
                partner_id = partner.id
            self.cron.method_direct_trigger()
        self.env.invalidate_all()
        partner = self.env["res.partner"].browse(partner_id)
        self.assertEqual((partner.name, "seen" in partner.comment), ("Ana", True))
        self.assertTrue(self.env["res.partner"].search([("name", "=", "Zoe")]))
        self.assertFalse(self.cron.failure_count)

    def test_an_insert_that_raises(self):
        def broken(*_args, **_kwargs):
            raise RuntimeError("defect")

        self.patch(monitor_recorder, "write_runs", broken)

        self.assert_business_goes_on()

    def test_a_missing_run_table(self):
        self.env.cr.execute("ALTER TABLE monitor_run RENAME TO monitor_run_gone")

        self.assert_business_goes_on()

    def test_missing_tables_of_events_and_workflows(self):
        self.env.cr.execute(
            "ALTER TABLE monitor_event_data RENAME TO monitor_event_gone;"
            "ALTER TABLE monitor_workflow RENAME TO monitor_workflow_gone"
        )
        self.registry.clear_cache()

        self.assert_business_goes_on()

    def test_a_full_disk(self):
        self.env.cr.execute(DISK_FULL)

        self.assert_business_goes_on()

    def test_opening_and_closing_that_raise(self):
        def broken(*_args, **_kwargs):
            raise RuntimeError("defect")

        for name in ("_new_span", "_row", "_flush"):
            with self.subTest(name):
                recorder = type(self.env["monitor.recorder"])
                original = getattr(recorder, name)
                self.patch(
                    recorder,
                    name,
                    monitor_recorder.quiet(broken) if name == "_flush" else broken,
                )
                self.assert_business_goes_on()
                self.patch(recorder, name, original)
                self.env["res.partner"].search(
                    [("name", "in", ("Ana", "Zoe"))]
                ).unlink()

    def test_a_failure_that_cannot_be_recorded_is_still_raised(self):
        self.rule.action_server_ids.code = "raise UserError('no')"
        self.env.cr.execute(DISK_FULL)

        with self.enter_registry_test_mode():
            with self.assertRaisesRegex(Exception, "no"), self.registry.cursor() as cr:
                self.env(cr=cr)["res.partner"].create({"name": "Ana"})

    def test_it_is_counted_and_shown_by_the_tick(self):
        def broken(*_args, **_kwargs):
            raise RuntimeError("defect of ours")

        self.patch(type(self.env["monitor.recorder"]), "_row", broken)
        with self.enter_registry_test_mode():
            try:
                with self.registry.cursor() as cr:
                    self.env(cr=cr)["res.partner"].create({"name": "Ana"})
                    raise ValueError("rolled back, so that the note is written")
            except ValueError as error:
                self.assertIn("rolled back", str(error))

        self.tick()

        self.assertIn("defect of ours", self.env["monitor.tick"]._get().error)
        self.assertEqual(
            self.env["monitor.tick"]._state(self.now())["status"], "failing"
        )

    def test_a_stage_that_raises_does_not_stop_the_tick(self):
        def broken(*_args, **_kwargs):
            raise RuntimeError("stage is broken")

        self.patch(type(self.env["monitor.discovery"]), "_sync", broken)
        with mute_logger("odoo.addons.monitor_core.models.monitor_tick"):
            failures = self.env["monitor.tick"]._run(self.now())

        self.assertEqual(list(failures), ["discovery"])
        self.assertIn("stage is broken", self.env["monitor.tick"]._get().error)
