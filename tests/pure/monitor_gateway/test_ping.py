"""Addresses of pings, and what each does to the runs of its heartbeat."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.monitor_gateway.tools import ping
from odoo.addons.monitor_gateway.tools.ping import BadPing, Plan, Run, Target, plan

NOON = datetime(2026, 1, 5, 12)
UUID = "6e9e1f4a-9f4c-4b2f-8d2e-0a4f3c2b1d0e"
RID = "11111111-2222-3333-4444-555555555555"
OTHER = "99999999-2222-3333-4444-555555555555"

# Addresses


@pytest.mark.parametrize(
    ("path", "signal", "exit_status"),
    [
        ("", "success", None),
        ("/start", "start", None),
        ("/fail", "fail", None),
        ("/log", "log", None),
        ("/0", "success", 0),
        ("/1", "fail", 1),
        ("/007", "fail", 7),
        ("/255", "fail", 255),
    ],
)
def test_addresses(path, signal, exit_status):
    by_uuid = Target(UUID, None, None, signal, exit_status)
    by_name = Target(None, "key", "backup", signal, exit_status)

    assert ping.parse_target(UUID + path) == by_uuid
    assert ping.parse_target(UUID.upper() + path) == by_uuid
    assert ping.parse_target("key/backup" + path) == by_name
    assert ping.parse_target("key/Backup" + path) == by_name


@pytest.mark.parametrize(
    "path",
    [
        "key/back\0up",
        "k\0/backup/start",
        "",
        "/",
        "key",
        "key/",
        "/backup",
        f"{UUID}/",
        f"{UUID}/stop",
        f"{UUID}/Start",
        f"{UUID}/success",
        f"{UUID}/1.0",
        f"{UUID}/+1",
        f"{UUID}/1234567890",
        f"{UUID}/start/1",
        "key/backup/",
        "key/backup/stop",
        "key/backup/start/1",
    ],
)
def test_what_is_no_address(path):
    assert ping.parse_target(path) is None


@pytest.mark.parametrize("status", ["256", "-1", "999999999"])
def test_what_is_no_exit_status(status):
    with pytest.raises(BadPing, match=r"^The exit status must be 0 to 255\.$"):
        ping.parse_target(f"{UUID}/{status}")
    with pytest.raises(BadPing):
        ping.parse_target(f"key/backup/{status}")


@pytest.mark.parametrize("text", ["", UUID[:-1], UUID + "0", "x" + UUID[1:], "key"])
def test_what_is_no_uuid(text):
    assert ping.parse_uuid(text) is None


def test_run_ids():
    assert ping.parse_rid(None) is None
    assert ping.parse_rid(RID) == ping.parse_rid(RID.replace("-", "")) == RID
    assert ping.parse_rid(UUID.upper()) == UUID
    for text in ("", "1", RID + "0"):
        with pytest.raises(BadPing, match=r"^rid must be a UUID\.$"):
            ping.parse_rid(text)


def test_names():
    for name in ("a", "0", "nightly-backup", "a.b_c-1", "x" * 100):
        assert ping.is_slug(name)
    for name in ("", "-a", ".a", "A", "a b", "a/b", "é", "a\n", "x" * 101):
        assert not ping.is_slug(name)


# Bodies


def test_any_bytes_are_a_text_that_can_be_stored():
    assert ping.readable("é ok".encode()) == "é ok"
    assert ping.readable(b"\xff\0a") == "\ufffd\ufffda"


@given(st.binary())
def test_no_bytes_are_refused(body):
    text = ping.readable(body)
    assert "\0" not in text
    assert text.encode().decode() == text


@given(st.text("ab ,\n;&\t", max_size=60), st.integers(1, 20))
def test_pieces_are_the_text(text, size):
    found = ping.pieces(text, size)
    assert "".join(found) == text
    assert all(len(piece) <= size for piece in found)
    assert len(found) == 1 or all(found[:-1])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("12345678", ["12345678"]),
        ("1\n3,5 789", ["1\n", "3,5 789"]),
        ("1\n\n4,6 89", ["1\n\n", "4,6 89"]),
        ("12,4 6789", ["12,", "4 6789"]),
        ("12,4;6 89", ["12,4;", "6 89"]),
        ("12&4 6 89", ["12&", "4 6 89"]),
        ("12 4 6789", ["12 4 ", "6789"]),
        ("12\t456789", ["12\t", "456789"]),
        ("12\r456789", ["12\r", "456789"]),
        (",123456789", [",", "12345678", "9"]),
        ("123456789", ["12345678", "9"]),
    ],
)
def test_where_a_text_is_cut(text, found):
    assert ping.pieces(text, 8) == found


@pytest.mark.parametrize(
    ("text", "status", "line"),
    [
        ("", None, "Reported as failed"),
        (" \n\t", None, "Reported as failed"),
        ("", 0, "Reported as failed"),
        ("", 3, "Exit status 3"),
        ("disk full", 3, "disk full"),
        ("first\n  disk full  \n \n", None, "disk full"),
        ("x" * 300, None, "x" * 200),
    ],
)
def test_the_error_of_a_failure(text, status, line):
    assert ping.error_line(text, status) == line


# Runs


def run(id_=1, rid=None, hours=1.0, **values):
    """Return a run that started some hours before noon."""
    return Run(id_, rid, NOON - timedelta(hours=hours), **values)


def ended(state="succeeded", ago=timedelta(minutes=1), rid=RID):
    return run(7, rid, state=state, ended_at=NOON - ago)


LONG_AGO = timedelta(minutes=2)
#: signal, rid, runs under way, the run of that rid -> plan
TABLE = {
    "a start makes a run": ("start", None, [], None, Plan(create=True)),
    "a start with a run id": ("start", RID, [], None, Plan(create=True, rid=RID)),
    "a start that comes again": (
        "start",
        RID,
        [run(1, RID), run(2)],
        run(1, RID),
        Plan(about=1),
    ),
    "a start replaces one without run id": (
        "start",
        None,
        [run(1, RID), run(2), run(3)],
        None,
        Plan(create=True, give_up=(2, 3)),
    ),
    "but not one that is overdue": (
        "start",
        None,
        [run(1, overdue=True), run(2)],
        None,
        Plan(create=True, give_up=(2,)),
    ),
    "a start with a run id replaces none": (
        "start",
        RID,
        [run(1), run(2, OTHER)],
        None,
        Plan(create=True, rid=RID),
    ),
    "a start after its end came late": ("start", RID, [], ended(), Plan(about=7)),
    "a run id that starts again is a new run": (
        "start",
        RID,
        [],
        ended(ago=LONG_AGO),
        Plan(create=True),
    ),
    "a start of a lost run is a new one": (
        "start",
        RID,
        [],
        ended("lost"),
        Plan(create=True),
    ),
    "an end without start": ("success", None, [], None, Plan(create=True)),
    "a failure without start": ("fail", None, [], None, Plan(create=True)),
    "an end of an unknown run": (
        "success",
        RID,
        [run(1)],
        None,
        Plan(create=True, rid=RID),
    ),
    "an end": ("success", None, [run(1)], None, Plan(1, end=1, measured=True)),
    "an end with run id": (
        "success",
        RID,
        [run(1, RID), run(2)],
        run(1, RID),
        Plan(1, end=1, measured=True),
    ),
    "an end ends the newest without run id": (
        "success",
        None,
        [run(1), run(2), run(3, RID)],
        None,
        Plan(2, end=2, measured=True, give_up=(1,)),
    ),
    "an end without run id leaves those with": (
        "fail",
        None,
        [run(1, RID)],
        None,
        Plan(create=True),
    ),
    "an end gives up what is overdue": (
        "success",
        RID,
        [run(1, OTHER, overdue=True), run(2, RID), run(3, overdue=True)],
        run(2, RID),
        Plan(2, end=2, measured=True, give_up=(1, 3)),
    ),
    "an end of what is overdue counts": (
        "success",
        None,
        [run(1, overdue=True)],
        None,
        Plan(1, end=1, measured=True),
    ),
    "an end after 72 hours is measured": (
        "success",
        None,
        [run(1, hours=72)],
        None,
        Plan(1, end=1, measured=True),
    ),
    "an end after more is not": (
        "success",
        None,
        [run(1, hours=72.01)],
        None,
        Plan(1, end=1, measured=False),
    ),
    "a lost run may still tell its end": (
        "success",
        RID,
        [],
        ended("lost"),
        Plan(7, end=7, measured=True),
    ),
    "the same end again": ("success", RID, [], ended(), Plan(about=7)),
    "the same failure again": ("fail", RID, [], ended("failed"), Plan(about=7)),
    "the same end much later is another run": (
        "success",
        RID,
        [],
        ended(ago=LONG_AGO),
        Plan(create=True),
    ),
    "another end of the same run is another run": (
        "fail",
        RID,
        [],
        ended(),
        Plan(create=True),
    ),
    "an end of a run that was given up": (
        "success",
        RID,
        [],
        ended("cancelled"),
        Plan(create=True),
    ),
    "a reused run id ends what has none": (
        "success",
        RID,
        [run(1), run(2, OTHER)],
        ended(ago=LONG_AGO),
        Plan(1, end=1, measured=True),
    ),
    "a log tells of nothing": ("log", None, [], None, Plan()),
    "a log tells of a run": ("log", RID, [run(1, RID)], run(1, RID), Plan(about=1)),
    "a log tells of the newest": ("log", None, [run(1), run(2)], None, Plan(about=2)),
    "a log after the end": ("log", RID, [], ended(), Plan(about=7)),
    "a log long after": ("log", RID, [], ended(ago=LONG_AGO), Plan()),
    "a log of an unknown run": ("log", RID, [run(1)], None, Plan()),
    "a run that ended without time": (
        "success",
        RID,
        [],
        run(7, RID, state="succeeded"),
        Plan(create=True),
    ),
    "a stalled run ends": (
        "success",
        RID,
        [run(7, RID, state="stalled")],
        run(7, RID, state="stalled"),
        Plan(7, end=7, measured=True),
    ),
}


@pytest.mark.parametrize(
    ("signal", "rid", "open_runs", "same", "expected"), TABLE.values(), ids=TABLE
)
def test_what_a_ping_does(signal, rid, open_runs, same, expected):
    assert plan(signal, rid, open_runs, same, NOON) == expected


runs = st.lists(
    st.builds(
        run,
        st.integers(1, 50),
        st.none() | st.sampled_from([RID, OTHER]),
        st.floats(0, 100),
        overdue=st.booleans(),
    ),
    max_size=4,
    unique_by=(lambda r: r.id),
)


@given(st.sampled_from(ping.SIGNALS), st.none() | st.just(RID), runs)
def test_a_ping_touches_only_runs_under_way(signal, rid, open_runs):
    same = next((r for r in open_runs if rid and r.rid == rid), None)
    result = plan(signal, rid, open_runs, same, NOON)
    ids = {r.id for r in open_runs}
    touched = {*result.give_up, *([result.end] if result.end else [])}
    assert touched <= ids
    assert result.end not in result.give_up
    assert signal in ("success", "fail") or result.end is None
    assert signal == "log" or result.create or result.about
