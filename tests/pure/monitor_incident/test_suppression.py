import pytest

from odoo.addons.monitor_incident.tools.scales import SUPPRESSIONS
from odoo.addons.monitor_incident.tools.suppression import Mute, Verdict, decide

ALL = Mute(3, "silence", lambda labels: True)
NONE = Mute(4, "maintenance", lambda labels: False)
WINDOW = Mute(5, "maintenance", lambda labels: labels["a"] == "1")


@pytest.mark.parametrize(
    ("phase", "explained_by", "mutes", "expected"),
    [
        ("over", ("x", False), [ALL], Verdict()),
        ("pending", ("x", False), [ALL], Verdict("pending")),
        ("firing", ("x", False), [ALL], Verdict("inhibited", "x")),
        ("firing", ("x", True), [ALL], Verdict("outage", "x")),
        ("firing", None, [NONE, WINDOW, ALL], Verdict("maintenance", 5)),
        ("firing", None, [ALL, WINDOW], Verdict("silence", 3)),
        ("firing", None, [NONE], Verdict()),
        ("firing", None, [], Verdict()),
    ],
)
def test_the_first_reason_counts(phase, explained_by, mutes, expected):
    assert decide(phase, {"a": "1"}, explained_by, mutes) == expected
    known = {value for value, _label in SUPPRESSIONS}
    assert expected.reason is None or expected.reason in known
