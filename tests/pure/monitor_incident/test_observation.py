import pytest

from odoo.addons.monitor_incident.tools.observation import Observation, fingerprint


def test_the_same_labels_are_the_same_alert():
    labels = {"rule": "1", "workflow": "ü", "severity": "error", "team": "7"}
    one = Observation(1, labels, True)
    assert one.fingerprint == fingerprint({"workflow": "ü", "rule": "1"})
    assert one.fingerprint != fingerprint({"rule": "1", "workflow": "u"})
    assert one.fingerprint != fingerprint({"rule": "1"})


@pytest.mark.parametrize(
    "label", ["rule", "workflow", "error", "record", "key", "company"]
)
def test_what_tells_alerts_apart(label):
    one = Observation(1, {label: "1"}, True)
    assert one.fingerprint != Observation(1, {label: "2"}, True).fingerprint
    assert one.fingerprint == fingerprint({label: "1"})


def test_what_may_change_while_it_fires_makes_no_other():
    one = Observation(1, {"rule": "1", "severity": "error"}, True)
    assert one.fingerprint == Observation(1, {"rule": "1"}, True).fingerprint


def test_an_alert_that_is_stored_is_known_by_its_fingerprint():
    assert Observation(1, {"rule": "1"}, False, known_as="ab").fingerprint == "ab"
    assert Observation(1, {}, False).known_as == ""


def test_fingerprints_stay_as_they_are():
    """Open alerts are found by it after an upgrade, too."""
    assert fingerprint({"b": "ü", "a": "1"}) == "01a62eefe10b961e95066b46dd868048"


def test_what_need_not_be_said():
    one = Observation(1, {}, False)
    assert (one.count, one.value, one.code, one.run_ids) == (0, None, "", ())
    assert (one.params, one.since) == ({}, None)
    assert one.end_reason == ""


def test_what_cannot_be_stored_is_replaced():
    """Two texts that differ in that alone are told as one."""
    odd, kept = "a\x00b\udcff", "a\ufffdb\ufffd"
    one = Observation(
        1, {"error": odd, odd: "x"}, True, params={odd: odd, "count": 3, "since": None}
    )
    assert one.labels == {"error": kept, kept: "x"}
    assert one.params == {kept: kept, "count": 3, "since": None}
    assert one.fingerprint == fingerprint({"error": kept})
