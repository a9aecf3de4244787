from odoo.addons.monitor_incident.tools.observation import Observation, fingerprint


def test_the_same_labels_are_the_same_alert():
    one = Observation(1, {"a": "1", "b": "ü"}, True)
    assert one.fingerprint == fingerprint({"b": "ü", "a": "1"})
    assert one.fingerprint != fingerprint({"a": "1", "b": "u"})
    assert one.fingerprint != fingerprint({"a": "1"})


def test_fingerprints_stay_as_they_are():
    """Open alerts are found by it after an upgrade, too."""
    assert fingerprint({"b": "ü", "a": "1"}) == "01a62eefe10b961e95066b46dd868048"


def test_what_need_not_be_said():
    one = Observation(1, {}, False)
    assert (one.count, one.value, one.code, one.run_ids) == (0, None, "", ())
    assert (one.params, one.since) == ({}, None)
