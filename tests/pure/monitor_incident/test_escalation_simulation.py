"""Whole incidents on an injected clock: who is told when, in 30 scenarios.

Each scenario is an incident, what happens to it, and the lines of the log it must
leave: "Fri 16:00 L1" is level 1 done on Friday at 16:00 local time.
"""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from odoo.addons.monitor_incident.tools import escalation
from odoo.addons.monitor_incident.tools.escalation import Facts, Level, Policy, Progress

MINUTE = timedelta(minutes=1)


@dataclass
class Calendar:
    """Monday to Friday, 8 to 17, in a zone; ``off`` are holidays."""

    zone: str = "UTC"
    off: tuple = ()

    def plan(self, _level, start, minutes, working):
        if not working:
            return start + timedelta(minutes=minutes)
        zone, left = ZoneInfo(self.zone), timedelta(minutes=minutes)
        day = start.replace(tzinfo=timezone.utc).astimezone(zone).date()
        while True:
            if day.weekday() < 5 and day not in self.off:
                opens, closes = (self._utc(day, hour, zone) for hour in (8, 17))
                begin = max(opens, start)
                if begin + left <= closes:
                    return begin + left
                left -= max(closes - begin, timedelta())
            day += timedelta(days=1)

    @staticmethod
    def _utc(day, hour, zone):
        local = datetime.combine(day, time(hour), tzinfo=zone)
        return local.astimezone(timezone.utc).replace(tzinfo=None)


@dataclass
class World:
    """One incident, ticked each minute unless a scenario says otherwise."""

    policy: Policy
    now: datetime
    calendar: Calendar = field(default_factory=Calendar)
    facts: Facts = field(default_factory=Facts)
    nobody: frozenset = frozenset()  # levels that reach nobody

    def __post_init__(self):
        self.progress, self.next_at, self.log = Progress(self.now), self.now, []

    def tick(self):
        if self.next_at is None or self.next_at > self.now:
            return
        decision = escalation.decide(
            self.policy, self.progress, self.facts, self.now, self.calendar.plan
        )
        self.progress, self.next_at = decision.progress, decision.next_at
        if decision.unacknowledge:
            self.facts = replace(self.facts, acknowledged=False)
            self.note("unack")
        for step in decision.steps:
            self.do(step)

    def do(self, step):
        self.note(
            f"L{step + 1}" + (f" round {r + 1}" if (r := self.progress.loop) else "")
        )
        if step in self.nobody:
            after = escalation.skip_to_next(self.policy, self.progress, self.facts)
            if after is not None:
                done = self.progress.done | {after}
                self.progress = replace(self.progress, done=done, anchor=self.now)
                self.next_at = self.now
                self.do(after)

    def note(self, what):
        zone = ZoneInfo(self.calendar.zone)
        local = self.now.replace(tzinfo=timezone.utc).astimezone(zone)
        self.log.append(f"{local:%a %H:%M} {what}")

    def run(self, until, events, down=()):
        """Tick each minute; ``events``: {moment: what happens}; ``down``: no ticks."""
        events = dict(events)
        while self.now <= until:
            if event := events.pop(self.now, None):
                event(self)
                self.next_at = self.now
            if not any(start <= self.now < stop for start, stop in down):
                self.tick()
            self.now += MINUTE
        return self.log


def acknowledge(world):
    world.facts = replace(world.facts, acknowledged=True, touched_at=world.now)


def touch(world):
    world.facts = replace(world.facts, touched_at=world.now)


def resolve(world):
    world.facts = replace(world.facts, open=False)


def severe(world):
    world.facts = replace(world.facts, severity="critical")


def snooze(until):
    def event(world):
        world.facts = replace(world.facts, paused_until=until)

    return event


def archive_first(world):
    world.nobody = frozenset({1})


def merge(loop, done):
    def event(world):
        other = Progress(world.now, loop, frozenset(done))
        world.progress = escalation.further(world.progress, other)

    return event


def back(hours):
    def event(world):
        world.now -= timedelta(hours=hours)

    return event


def nothing(_world):
    """Only wakes it."""


FRI, SAT, MON = (datetime(2026, 11, day) for day in (20, 21, 23))
CLOCK = (Level(0), Level(30, working=False), Level(60, working=False))
OFFICE = (Level(0), Level(30), Level(60))
SEVERE_SECOND = (
    Level(0),
    Level(15, False, min_severity="critical"),
    Level(30, False),
)


def at(day, hour, minute=0):
    return day + timedelta(hours=hour, minutes=minute)


def ack_at(*moment):
    return {at(*moment): acknowledge}


CRITICAL = Facts(severity="critical")
SCENARIOS = {
    "levels one after the other": (
        World(Policy(CLOCK), at(MON, 9)), at(MON, 18), {},
        ["Mon 09:00 L1", "Mon 09:30 L2", "Mon 10:30 L3"],
    ),
    "an acknowledgement stops it": (
        World(Policy(CLOCK), at(MON, 9)), at(MON, 18), ack_at(MON, 9, 40),
        ["Mon 09:00 L1", "Mon 09:30 L2"],
    ),
    "acknowledged before the first tick: nobody else is told": (
        World(Policy(CLOCK), at(MON, 9)), at(MON, 18), ack_at(MON, 9),
        [],
    ),
    "resolved: over": (
        World(Policy(CLOCK), at(MON, 9)), at(MON, 18), {at(MON, 9, 20): resolve},
        ["Mon 09:00 L1"],
    ),
    "weekend: two working hours from Friday 16:00 are Monday 09:00": (
        World(Policy((Level(0), Level(120))), at(FRI, 16)), at(MON, 18), {},
        ["Fri 16:00 L1", "Mon 09:00 L2"],
    ),
    "weekend: critical does not wait for working hours": (
        World(Policy((Level(0), Level(15))), at(FRI, 16, 50), facts=CRITICAL),
        at(MON, 18), {},
        ["Fri 16:50 L1", "Fri 17:05 L2"],
    ),
    "weekend: critical waits where the policy says so": (
        World(
            Policy((Level(0), Level(15)), critical_by_clock=False),
            at(FRI, 16, 50), facts=CRITICAL,
        ),
        at(MON, 18), {},
        ["Fri 16:50 L1", "Mon 08:05 L2"],
    ),
    "weekend: opened on Saturday, the owner is told at once": (
        World(Policy(OFFICE), at(SAT, 23)), at(MON, 18), {},
        ["Sat 23:00 L1", "Mon 08:30 L2", "Mon 09:30 L3"],
    ),
    "holiday on Monday: Tuesday": (
        World(
            Policy((Level(0), Level(120))),
            at(FRI, 16), Calendar(off=(date(2026, 11, 23),)),
        ),
        at(MON, 48), {},
        ["Fri 16:00 L1", "Tue 09:00 L2"],
    ),
    "the assignee in Tokyo: her hours": (
        World(Policy((Level(0), Level(60))), at(MON, 7, 30), Calendar("Asia/Tokyo")),
        at(MON, 48), {},
        ["Mon 16:30 L1", "Tue 08:30 L2"],
    ),
    "spring: the clock jumps in the night between": (
        World(
            Policy((Level(0), Level(120))),
            datetime(2026, 3, 27, 15), Calendar("Europe/Paris"),
        ),
        datetime(2026, 3, 30, 12), {},
        ["Fri 16:00 L1", "Mon 09:00 L2"],
    ),
    "autumn: the clock goes back in the night between": (
        World(
            Policy((Level(0), Level(120))),
            datetime(2026, 10, 23, 14), Calendar("Europe/Paris"),
        ),
        datetime(2026, 10, 26, 12), {},
        ["Fri 16:00 L1", "Mon 09:00 L2"],
    ),
    "by the clock an hour is an hour while clocks change": (
        World(
            Policy((Level(0), Level(60, working=False))),
            datetime(2026, 10, 25, 0, 30), Calendar("Europe/Paris"),
        ),
        datetime(2026, 10, 25, 6), {},
        ["Sun 02:30 L1", "Sun 02:30 L2"],  # it comes twice
    ),
    "levels that the severity skips take no time": (
        World(
            Policy(SEVERE_SECOND),
            at(MON, 9),
        ),
        at(MON, 18), {},
        ["Mon 09:00 L1", "Mon 09:30 L3"],
    ),
    "it becomes critical meanwhile": (
        World(
            Policy(SEVERE_SECOND),
            at(MON, 9),
        ),
        at(MON, 18), {at(MON, 9, 5): severe},
        ["Mon 09:00 L1", "Mon 09:15 L2", "Mon 09:45 L3"],
    ),
    "not resolved: told although it is acknowledged": (
        World(Policy((Level(0), Level(60, False, "unresolved"))), at(MON, 9)),
        at(MON, 18), ack_at(MON, 9, 5),
        ["Mon 09:00 L1", "Mon 10:00 L2"],
    ),
    "a held level keeps its time for those after it": (
        World(
            Policy((Level(0), Level(30, False), Level(60, False, "unresolved"))),
            at(MON, 9),
        ),
        at(MON, 18), ack_at(MON, 9, 5),
        ["Mon 09:00 L1", "Mon 10:30 L3"],
    ),
    "critical, acknowledged and forgotten: new again, the same step goes on": (
        World(Policy(CLOCK), at(MON, 9), facts=CRITICAL),
        at(MON, 13), ack_at(MON, 9, 10),
        ["Mon 09:00 L1", "Mon 09:40 unack", "Mon 10:10 L2", "Mon 11:10 L3"],
    ),
    "critical and worked on: not un-acknowledged": (
        World(Policy(CLOCK), at(MON, 9), facts=CRITICAL),
        at(MON, 10, 20),
        {**ack_at(MON, 9, 10), at(MON, 9, 35): touch, at(MON, 10): touch},
        ["Mon 09:00 L1"],
    ),
    "an error that was acknowledged stays so": (
        World(Policy(CLOCK), at(MON, 9)), at(MON, 24), ack_at(MON, 9, 10),
        ["Mon 09:00 L1"],
    ),
    "un-acknowledged after the unresolved level: that one is not done twice": (
        World(
            Policy((Level(0), Level(45, False), Level(15, False, "unresolved"))),
            at(MON, 9), facts=CRITICAL,
        ),
        at(MON, 13), {**ack_at(MON, 9, 5), at(MON, 9, 50): touch},
        ["Mon 09:00 L1", "Mon 09:35 unack", "Mon 10:20 L2", "Mon 10:35 L3"],
    ),
    "repeated once after the pause": (
        World(Policy((Level(0), Level(30, False)), repeat=1), at(MON, 9)),
        at(MON, 24), {},
        [
            "Mon 09:00 L1", "Mon 09:30 L2", "Mon 10:30 L1 round 2",
            "Mon 11:00 L2 round 2",
        ],
    ),
    "at most five repeats, whatever a snapshot says": (
        World(Policy((Level(1, False),), repeat=99, pause=1), at(MON, 9)),
        at(MON, 12), {},
        ["Mon 09:01 L1"]
        + [f"Mon 09:{2 * n + 1:02} L1 round {n + 1}" for n in range(1, 6)],
    ),
    "three days without a tick: each level once": (
        World(Policy(CLOCK, repeat=1), at(MON, 9)), at(MON, 82, 30), {},
        [
            "Mon 09:00 L1", "Thu 10:00 L2", "Thu 10:00 L3",
        ],
    ),
    "three days without a tick between two rounds: one round, from now on": (
        World(Policy((Level(0), Level(30, False)), repeat=3), at(MON, 9)),
        at(MON, 84, 30), {},
        [
            "Mon 09:00 L1", "Mon 09:30 L2", "Thu 10:00 L1 round 2",
            "Thu 10:30 L2 round 2", "Thu 11:30 L1 round 3", "Thu 12:00 L2 round 3",
        ],
    ),
    "the clock goes back three hours: nobody is told twice, nor waits longer": (
        World(Policy(CLOCK), at(MON, 9)), at(MON, 12), {at(MON, 9, 10): back(3)},
        ["Mon 09:00 L1", "Mon 06:40 L2", "Mon 07:40 L3"],
    ),
    "snoozed: the level waits until it is over": (
        World(Policy(CLOCK), at(MON, 9)), at(MON, 15),
        {at(MON, 9, 10): snooze(at(MON, 12))},
        ["Mon 09:00 L1", "Mon 12:30 L2", "Mon 13:30 L3"],
    ),
    "merged with one that is further: its levels are not told again": (
        World(Policy(CLOCK), at(MON, 9)), at(MON, 15),
        {at(MON, 9, 10): merge(0, {0, 1})},
        ["Mon 09:00 L1", "Mon 10:10 L3"],
    ),
    "merged with one that is less far: goes on as it was": (
        World(Policy(CLOCK), at(MON, 9)), at(MON, 15),
        {at(MON, 9, 40): merge(0, {0})},
        ["Mon 09:00 L1", "Mon 09:30 L2", "Mon 10:30 L3"],
    ),
    "merged with one in its second round": (
        World(Policy((Level(0), Level(30, False)), repeat=1), at(MON, 9)), at(MON, 15),
        {at(MON, 9, 10): merge(1, {0})},
        ["Mon 09:00 L1", "Mon 09:40 L2 round 2"],
    ),
    "who a level tells was archived: the next level at once": (
        World(Policy(CLOCK), at(MON, 9)), at(MON, 15),
        {at(MON, 9, 10): archive_first},
        ["Mon 09:00 L1", "Mon 09:30 L2", "Mon 09:30 L3"],
    ),
    "no policy: nothing, and it is looked at again": (
        World(Policy(), at(MON, 9)), at(MON, 15), {}, [],
    ),
}  # fmt: skip
DOWN = {
    "three days without a tick: each level once": (at(MON, 9, 1), at(MON, 82)),
    "three days without a tick between two rounds: one round, from now on": (
        at(MON, 9, 31),
        at(MON, 82),
    ),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(name):
    world, until, events, expected = SCENARIOS[name]
    world = replace(world)
    down = [DOWN[name]] if name in DOWN else []
    assert world.run(until, events, down) == expected


def test_an_edited_policy_does_not_disturb_what_runs():
    """The snapshot is plain data: what was parsed from it is what it was."""
    snapshot = {"levels": [{"delay": 0}, {"delay": 30, "working": False}]}
    world = World(escalation.parse_policy(snapshot), at(MON, 9))
    snapshot["levels"].clear()
    assert world.run(at(MON, 10), {}) == ["Mon 09:00 L1", "Mon 09:30 L2"]
