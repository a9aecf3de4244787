import base64
import io
import json
import zipfile
from datetime import datetime

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged

from odoo.addons.monitor_core.tests.common import MonitorCase

from ..tools import evidence

NOON = datetime(2026, 1, 5, 12)


@tagged("post_install", "-at_install", "monitor")
class TestIncidentEvidence(MonitorCase, HttpCase):
    """All of an incident in one file, for who may read it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.flow = cls.make_flow(steps=())
        cls.run_ = cls.env["monitor.run"].create(
            {
                "workflow_id": cls.flow.id,
                "state": "failed",
                "started_at": NOON,
                "error_message": "Refused",
                "company_id": cls.env.company.id,
            }
        )
        cls.incident = cls.env["monitor.incident"].create(
            {
                "name": "INC/00042",
                "title": "Orders are refused",
                "workflow_id": cls.flow.id,
                "company_id": cls.env.company.id,
                "first_seen_at": NOON,
                "last_seen_at": NOON,
                "captured_context": {"runs": [{"id": cls.run_.id}]},
            }
        )
        cls.alert = cls.env["monitor.alert"].create(
            {
                "name": "Refused",
                "fingerprint": "f",
                "severity": "error",
                "first_seen_at": NOON,
                "last_seen_at": NOON,
                "incident_id": cls.incident.id,
                "last_run_id": cls.run_.id,
            }
        )
        cls.incident._log("note", note="Called the supplier", now=NOON)
        cls.env.flush_all()

    def setUp(self):
        super().setUp()
        self.set_clock(NOON)

    def export(self, user):
        """Return the action, the file's bytes and its parts."""
        action = self.incident.with_user(user).action_export_evidence()
        files = self.env["monitor.incident.evidence"]
        file = files.search([], order="id desc", limit=1)
        data = base64.b64decode(file.data)
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = {
                info.filename: json.loads(archive.read(info))
                for info in archive.infolist()
            }
        return action, data, parts

    def test_the_file_holds_all(self):
        _action, data, parts = self.export(self.operator)

        manifest = evidence.verify(data)
        self.assertEqual(manifest["incident"], "INC/00042")
        self.assertEqual(manifest["exported_by"], "monitor_operator")
        self.assertEqual(parts["incident.json"]["title"], "Orders are refused")
        self.assertEqual(parts["timeline.json"][0]["note"], "Called the supplier")
        self.assertEqual(parts["alerts.json"][0]["name"], "Refused")
        self.assertEqual(parts["runs.json"][0]["error_message"], "Refused")
        self.assertEqual(parts["notifications.json"], [])
        self.assertIn("captured_context", parts["incident.json"])

    def test_the_timeline_tells_of_it(self):
        self.export(self.auditor)

        entry = self.incident.entry_ids.filtered(lambda e: e.kind == "action")
        self.assertEqual(entry.text_code, "evidence_exported")
        self.assertEqual(entry.user_id, self.auditor)

    def test_only_operators_and_auditors(self):
        self.incident.user_id = self.viewer
        for user in (self.viewer, self.nobody, self.service):
            with self.assertRaises(AccessError):
                self.export(user)

    def test_what_the_reader_may_not_read_is_not_in_it(self):
        company = self.env["res.company"].create({"name": "Other"})
        self.run_.company_id = company
        self.env["monitor.run"]._fields["error_type"].groups = "base.group_system"
        self.addCleanup(
            setattr, self.env["monitor.run"]._fields["error_type"], "groups", None
        )
        self.env.flush_all()

        _action, _data, parts = self.export(self.operator)
        self.assertEqual(parts["runs.json"], [])

        self.run_.company_id = self.env.company
        _action, _data, parts = self.export(self.operator)
        self.assertNotIn("error_type", parts["runs.json"][0])

    def test_an_incident_of_another_company(self):
        self.incident.company_id = self.env["res.company"].create({"name": "Other"})
        self.env.flush_all()
        with self.assertRaises(AccessError):
            self.export(self.operator)

    def test_the_browser_downloads_it_and_nobody_else(self):
        action, data, _parts = self.export(self.operator)
        self.env["res.users"].browse(self.operator.id).password = "monitor_operator"
        self.auditor.password = "monitor_auditor"
        self.env.flush_all()

        self.authenticate("monitor_operator", "monitor_operator")
        answer = self.url_open(action["url"])
        self.assertEqual((answer.status_code, answer.content), (200, data))
        self.assertIn("INC-00042.zip", answer.headers["Content-Disposition"])

        self.authenticate("monitor_auditor", "monitor_auditor")
        self.assertFalse(self.url_open(action["url"]).content.startswith(b"PK"))
