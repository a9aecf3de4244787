"""Scenarios of alerts, muting and telling, from the plain to the ugly.

Each is a story: what rules see at which minute, what people change meanwhile, at which
minutes the Monitor ticks; then who was told what, and how the alerts are.
"""

import importlib.util
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from odoo.addons.monitor_incident.tools.alert_state import Timing
from odoo.addons.monitor_incident.tools.grouping import Pace
from odoo.addons.monitor_incident.tools.inhibition import Inhibition
from odoo.addons.monitor_incident.tools.matchers import parse
from odoo.addons.monitor_incident.tools.silences import Silence, Window

_SPEC = importlib.util.spec_from_file_location(
    "monitor_simulation", Path(__file__).with_name("simulation.py")
)
simulation = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(simulation)
at = simulation.at

MINUTE = timedelta(minutes=1)


def minutes(count):
    return count * MINUTE


@dataclass
class Story:
    """``seen``: ``{minute: "+a -b"}``; ``does``: ``{minute: function(world)}``."""

    name: str
    seen: dict
    told: list
    end: int = 60
    phases: dict | None = None
    does: dict = field(default_factory=dict)
    ticks: list | None = None
    flapped: bool | None = None
    world: dict = field(default_factory=dict)


def silence(start, end, kinds="a"):
    return (Silence(at(start), at(end)), "silence", kinds)


def window(start_hour, hours, kinds="ab", days=range(7), tz="UTC"):
    """Return a maintenance window; NOON is Monday 12:00."""
    found = Window(
        frozenset(days), timedelta(hours=start_hour), timedelta(hours=hours), tz
    )
    return (Silence(datetime(2026, 1, 1), None, found), "maintenance", kinds)


def change(**values):
    """Return what sets these attributes of a world."""

    def apply(world):
        for name, value in values.items():
            setattr(world, name, value)

    return apply


def flips(first, last, step=2, name="a"):
    """Return ``name`` beginning and ending each ``step`` minutes."""
    return {
        minute: ("+" if (minute - first) // step % 2 == 0 else "-") + name
        for minute in range(first, last + 1, step)
    }


A_EXPLAINS_B = [Inhibition("x", parse("kind=a"), parse("kind=b"))]
MUTUAL = [
    Inhibition("x", parse("kind=a"), parse("kind=b")),
    Inhibition("y", parse("kind=b"), parse("kind=c")),
]
SELF = [Inhibition("x", parse('kind=~"a|b"'), parse('kind=~"a|b"'))]
SLOW = Timing(hold=minutes(10))
CAREFUL = Timing(recover=minutes(10))
BOTH = Timing(hold=minutes(5), recover=minutes(5))

STORIES = [
    # Plain
    Story("nothing happens", {}, []),
    Story("it fails and stays", {0: "+a"}, [(1, "first")], phases={"a": "firing"}),
    Story(
        "it fails and recovers", {0: "+a", 20: "-a"}, [(1, "first"), (20, "resolved")]
    ),
    Story("well from the start", {0: "-a"}, [], phases={}),
    Story("ten failures are one", dict.fromkeys(range(10), "+a"), [(1, "first")]),
    Story(
        "repeat after four hours", {0: "+a"}, [(1, "first"), (241, "repeat")], end=300
    ),
    Story(
        "and again after four more",
        {0: "+a"},
        [(1, "first"), (241, "repeat"), (481, "repeat")],
        end=500,
    ),
    Story(
        "the repeat is rounded up to intervals",
        {0: "+a"},
        [(1, "first"), (16, "repeat"), (31, "repeat"), (46, "repeat")],
        world={"pace": Pace(repeat=minutes(12))},
    ),
    # Groups
    Story("two at once are told once", {0: "+a +b"}, [(1, "first")]),
    Story("one comes within the wait", {0: "+a", 1: "+b"}, [(1, "first")]),
    Story("one comes later", {0: "+a", 2: "+b"}, [(1, "first"), (6, "firing")]),
    Story(
        "many trickle in",
        {m: f"+a{m}" for m in range(10)},
        [(1, "first"), (6, "firing"), (11, "firing")],
    ),
    Story(
        "one of two is over",
        {0: "+a +b", 20: "-b"},
        [(1, "first"), (20, "resolved")],
        phases={"a": "firing", "b": "over"},
    ),
    Story(
        "one is over, another begins at once",
        {0: "+a", 20: "-a +b"},
        [(1, "first"), (20, "firing")],
    ),
    Story(
        "news wait for the interval",
        {0: "+a", 3: "-a"},
        [(1, "first"), (6, "resolved")],
    ),
    # The group wait
    Story("over within the wait", {0: "+a", 1: "-a"}, [], phases={"a": "over"}),
    Story(
        "over within a longer wait",
        {0: "+a", 4: "-a"},
        [],
        world={"pace": Pace(wait=minutes(5))},
    ),
    Story(
        "one over within the wait, one not",
        {0: "+a +b", 1: "-a"},
        [(1, "first")],
        phases={"a": "over", "b": "firing"},
    ),
    Story(
        "over and back within the wait",
        {0: "+a", 1: "-a", 3: "+a"},
        [(4, "first")],
    ),
    # Pending
    Story("it has to last", {0: "+a"}, [(11, "first")], world={"timing": SLOW}),
    Story("it does not last", {0: "+a", 9: "-a"}, [], world={"timing": SLOW}),
    Story(
        "it begins anew each time",
        {0: "+a", 6: "-a", 20: "+a", 26: "-a"},
        [],
        world={"timing": SLOW},
    ),
    # Recovery
    Story(
        "it has to stay well",
        {0: "+a", 20: "-a"},
        [(1, "first"), (30, "resolved")],
        world={"timing": CAREFUL},
    ),
    Story(
        "it fails again while recovering",
        {0: "+a", 20: "-a", 25: "+a"},
        [(1, "first")],
        phases={"a": "firing"},
        world={"timing": CAREFUL},
    ),
    Story(
        "hold and recovery together",
        {0: "+a", 20: "-a"},
        [(6, "first"), (25, "resolved")],
        world={"timing": BOTH},
    ),
    # Flapping
    Story(
        "flapping for an hour",
        flips(0, 60),
        [(1, "first")],
        end=61,
        flapped=True,
        phases={"a": "firing"},
    ),
    Story(
        "flapping, then well for half an hour",
        flips(0, 58),
        [(1, "first"), (88, "resolved")],
        end=120,
        flapped=True,
        phases={"a": "over"},
    ),
    Story(
        "flapping, then failing for good",
        flips(0, 60),
        [(1, "first"), (241, "repeat")],
        end=250,
        flapped=True,
        phases={"a": "firing"},
    ),
    Story(
        "three changes are no flapping",
        {0: "+a", 10: "-a", 20: "+a"},
        [(1, "first"), (10, "resolved"), (21, "firing")],
        flapped=False,
    ),
    Story(
        "slow changes are no flapping",
        flips(0, 90, step=30),
        [(1, "first"), (30, "resolved"), (61, "firing"), (90, "resolved")],
        end=95,
        flapped=False,
    ),
    Story(
        "two flap, one group",
        {
            m: f"{'+' if m % 4 == 0 else '-'}a {'+' if m % 4 == 0 else '-'}b"
            for m in range(0, 60, 2)
        },
        [(1, "first")],
        end=60,
        flapped=True,
    ),
    # Silences
    Story(
        "silenced all along",
        {0: "+a", 20: "-a"},
        [],
        world={"silences": [silence(-10, 50)]},
    ),
    Story(
        "a silence of something else",
        {0: "+a"},
        [(1, "first")],
        world={"silences": [silence(-10, 50, kinds="b")]},
    ),
    Story(
        "a silence ends while it fires",
        {0: "+a"},
        [(31, "first")],
        world={"silences": [silence(-10, 30)]},
    ),
    Story(
        "a silence ends after it was over",
        {0: "+a", 20: "-a"},
        [],
        world={"silences": [silence(-10, 30)]},
    ),
    Story(
        "silenced after it was told, and still there at the end",
        {0: "+a"},
        [(1, "first"), (30, "released")],
        world={"silences": [silence(10, 30)]},
    ),
    Story(
        "silenced after it was told, and over meanwhile",
        {0: "+a", 20: "-a"},
        [(1, "first"), (20, "resolved")],
        world={"silences": [silence(10, 30)]},
    ),
    Story(
        "a silence that starts within the wait",
        {0: "+a"},
        [],
        world={"silences": [silence(1, 100)]},
    ),
    Story(
        "two silences in turn, told after the second",
        {0: "+a"},
        [(41, "first")],
        world={"silences": [silence(-10, 30), silence(20, 40)]},
    ),
    Story(
        "one of two is silenced",
        {0: "+a +b"},
        [(1, "first"), (30, "firing")],
        world={"silences": [silence(-10, 30)]},
    ),
    Story(
        "a silence is made, then taken back",
        {0: "+a"},
        [(1, "first"), (20, "released")],
        does={
            10: change(silences=[silence(10, 300)]),
            20: change(silences=[]),
        },
    ),
    Story(
        "no repeat while silenced",
        {0: "+a"},
        [(1, "first"), (300, "released")],
        end=301,
        world={"silences": [silence(100, 300)]},
    ),
    # Maintenance
    Story(
        "all within the window, over in time",
        {70: "+a +b", 110: "-a -b"},
        [],
        end=300,
        world={"silences": [window(13, 2)]},
    ),
    Story(
        "what is still there at its end is told once",
        {70: "+a +b"},
        [(181, "first")],
        end=200,
        world={"silences": [window(13, 2)]},
    ),
    Story(
        "an end within the window is told",
        {0: "+a", 70: "-a"},
        [(1, "first"), (70, "resolved")],
        end=200,
        world={"silences": [window(13, 2)]},
    ),
    Story(
        "not on this day",
        {70: "+a"},
        [(71, "first")],
        end=100,
        world={"silences": [window(13, 2, days=[6])]},
    ),
    Story(
        "the window is in its own time zone",
        {70: "+a"},
        [(121, "first")],
        end=150,
        world={"silences": [window(13, 2, tz="Europe/Paris")]},
    ),
    # Inhibition
    Story(
        "one explains the other",
        {0: "+a", 1: "+b"},
        [(1, "first")],
        world={"inhibitions": A_EXPLAINS_B},
    ),
    Story(
        "what explained is over, the other is not",
        {0: "+a +b", 20: "-a"},
        [(1, "first"), (20, "firing")],
        world={"inhibitions": A_EXPLAINS_B},
    ),
    Story(
        "what explains comes second",
        {0: "+b", 20: "+a"},
        [(1, "first"), (20, "firing")],
        world={"inhibitions": A_EXPLAINS_B},
    ),
    Story(
        "both over at once",
        {0: "+a +b", 20: "-a -b"},
        [(1, "first"), (20, "resolved")],
        world={"inhibitions": A_EXPLAINS_B},
    ),
    Story(
        "what is silenced still explains",
        {0: "+a +b"},
        [],
        world={"inhibitions": A_EXPLAINS_B, "silences": [silence(-10, 100)]},
    ),
    Story(
        "what is pending explains nothing",
        {0: "+a", 8: "+b"},
        [(11, "first")],
        world={"inhibitions": A_EXPLAINS_B, "timing": SLOW},
    ),
    Story(
        "a chain: the one in between explains although it is explained",
        {0: "+a +b +c"},
        [(1, "first")],
        world={"inhibitions": MUTUAL},
    ),
    Story(
        "one that matches both sides tells",
        {0: "+a +b"},
        [(1, "first")],
        world={"inhibitions": SELF},
    ),
    # People
    Story(
        "acknowledged: no repeat, but news",
        {0: "+a", 300: "+b"},
        [(1, "first"), (300, "firing")],
        end=600,
        does={2: change(quiet=True)},
    ),
    Story(
        "acknowledged: the end is told",
        {0: "+a", 300: "-a"},
        [(1, "first"), (300, "resolved")],
        end=400,
        does={2: change(quiet=True)},
    ),
    # Rules edited while it fires
    Story(
        "it now has to last longer: what fires goes on firing",
        {0: "+a"},
        [(1, "first")],
        does={5: change(timing=Timing(hold=minutes(60)))},
        phases={"a": "firing"},
    ),
    Story(
        "it now has to last less: what waits fires",
        {0: "+a"},
        [(6, "first")],
        does={5: change(timing=Timing())},
        world={"timing": Timing(hold=minutes(60))},
    ),
    Story(
        "it now has to stay well for longer",
        {0: "+a", 20: "-a"},
        [(1, "first"), (40, "resolved")],
        does={25: change(timing=Timing(recover=minutes(20)))},
        world={"timing": CAREFUL},
    ),
    Story(
        "the repeat interval is shortened",
        {0: "+a"},
        [(1, "first"), (31, "repeat"), (61, "repeat")],
        end=70,
        does={20: change(pace=Pace(repeat=minutes(30)))},
    ),
    # The tick stands still, and clocks
    Story(
        "six hours without a tick: told once",
        {0: "+a"},
        [(1, "first"), (361, "repeat")],
        end=400,
        ticks=[*range(2), *range(361, 401)],
    ),
    Story(
        "three days without a tick: told once",
        {0: "+a"},
        [(1, "first"), (4321, "repeat")],
        end=4400,
        ticks=[*range(2), *range(4321, 4400)],
    ),
    Story(
        "over before the tick came back",
        {0: "+a", 361: "-a"},
        [(1, "first"), (361, "resolved")],
        end=400,
        ticks=[*range(2), *range(361, 401)],
    ),
    Story(
        "pending while the tick stood still",
        {0: "+a"},
        [(362, "first")],
        end=400,
        ticks=[0, *range(361, 401)],
        world={"timing": SLOW},
    ),
    Story(
        "a silence began and ended while the tick stood still",
        {0: "+a"},
        [(1, "first")],
        end=100,
        ticks=[0, 1, 2, 90, 91, 92],
        world={"silences": [silence(10, 30)]},
    ),
    Story(
        "the clock goes back an hour and on again",
        {0: "+a"},
        [(1, "first")],
        ticks=[*range(60), *range(60)],
        phases={"a": "firing"},
    ),
    Story(
        "the clock goes back, and what is new is told at once",
        {60: "+a", 10: "+b"},
        [(61, "first"), (10, "firing")],
        ticks=[60, 61, 62, *range(10, 40)],
    ),
    Story(
        "each tick twice, as by two nodes in turn",
        {0: "+a", 20: "-a"},
        [(1, "first"), (20, "resolved")],
        ticks=sorted([*range(60)] * 2),
    ),
]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_story(story):
    world = simulation.World(**story.world)
    ticks = range(story.end + 1) if story.ticks is None else story.ticks
    for minute in ticks:
        if minute in story.does:
            story.does[minute](world)
        words = story.seen.get(minute, "").split()
        world.tick(minute, {word[1:]: word[0] == "+" for word in words})
    assert world.news == story.told
    if story.phases is not None:
        assert world.phases() == story.phases
    if story.flapped is not None:
        assert world.flapped is story.flapped


def test_stories_are_many_and_named_once():
    assert len(STORIES) >= 40
    assert len({story.name for story in STORIES}) == len(STORIES)
