import pytest

from odoo.addons.monitor_core.tools import scales

SCALES = [name for name in vars(scales) if name.isupper() and name != "TERMINAL_STATES"]


@pytest.mark.parametrize("name", SCALES)
def test_values_are_unique_and_labelled(name):
    values = [value for value, _label in getattr(scales, name)]
    assert len(values) == len(set(values))
    assert all(label for _value, label in getattr(scales, name))


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("SEVERITIES", "info warning error critical"),
        ("CRITICALITIES", "low medium high critical"),
        ("HEALTHS", "new healthy late degraded failing paused unknown"),
        ("RUN_STATES", "running succeeded failed partial stalled lost cancelled"),
        ("RUN_OUTCOMES", "succeeded failed partial cancelled"),
        ("OUTCOME_CLASSES", "success business_error fault timeout lost"),
        (
            "WORKFLOW_KINDS",
            "cron automation server_action webhook flow approval connection"
            " heartbeat probe external",
        ),
        (
            "EVENT_KINDS",
            "started checkpoint succeeded failed retried skipped lost log custom",
        ),
        ("INTERVAL_UNITS", "minutes hours days weeks months"),
        ("DATA_SENSITIVITIES", "public internal confidential personal"),
        ("IMPACTS", "none low medium high"),
    ],
)
def test_public_values_keep_their_order(name, values):
    assert [value for value, _label in getattr(scales, name)] == values.split()


def test_outcomes_and_terminal_states_are_run_states():
    states = {value for value, _label in scales.RUN_STATES}
    assert scales.TERMINAL_STATES < states
    assert {value for value, _label in scales.RUN_OUTCOMES} <= scales.TERMINAL_STATES


def test_rank_orders_and_refuses_the_unknown():
    assert scales.rank(scales.SEVERITIES, "info") == 0
    assert scales.rank(scales.SEVERITIES, "critical") == 3
    with pytest.raises(
        ValueError, match="^'fatal' is none of info, warning, error, critical$"
    ):
        scales.rank(scales.SEVERITIES, "fatal")
