"""A Monitor without Odoo: the pure rules, a clock that jumps, and who was told what."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from odoo.addons.monitor_incident.tools import alert_state, grouping, silences
from odoo.addons.monitor_incident.tools.alert_state import Seen, Timing
from odoo.addons.monitor_incident.tools.grouping import Group, Pace, Told
from odoo.addons.monitor_incident.tools.inhibition import Explainer
from odoo.addons.monitor_incident.tools.suppression import Mute, decide

NOON = datetime(2026, 3, 2, 12)  # a Monday


def at(minute):
    return NOON + timedelta(minutes=minute)


@dataclass
class World:
    """Rules, silences and inhibitions of a simulation; a scenario may change them."""

    timing: Timing = Timing()
    pace: Pace = Pace()
    silences: list = field(default_factory=list)
    inhibitions: list = field(default_factory=list)
    quiet: bool = False
    alerts: dict = field(default_factory=dict)
    muted: dict = field(default_factory=dict)
    group_since: datetime | None = None
    released: bool = False
    told: Told | None = None
    news: list = field(default_factory=list)
    flapped: bool = False

    def tick(self, minute, seen):
        """Do what a tick does; ``seen``: ``{labels: True or False}``."""
        now = at(minute)
        for name in {*self.alerts, *seen}:
            self._step(name, seen.get(name), now)
        self._mute(now)
        self._tell(minute, now)

    def _step(self, name, active, now):
        old, flips = self.alerts.get(name), ()
        if old and old.resolved_at and active is not None:
            old, flips = None, old.flips
        what = None if active is None else Seen(active, now, 1)
        alert = alert_state.step(old, what, self.timing, now, flips)
        if alert:
            self.alerts[name] = alert
            self.flapped |= alert.flapping

    def _mute(self, now):
        labels = {name: {"name": name, "kind": name[0]} for name in self.alerts}
        firing = {n: labels[n] for n, a in self.alerts.items() if a.phase == "firing"}
        explainer = Explainer(self.inhibitions, firing)
        mutes = [
            Mute(number, kind, lambda found, kinds=kinds: found["kind"] in kinds)
            for number, (silence, kind, kinds) in enumerate(self.silences)
            if silences.mutes(silence, now)
        ]
        for name, alert in self.alerts.items():
            source = explainer.explains(labels[name], name)
            explained = (source, False) if source else None
            reason = decide(alert.phase, labels[name], explained, mutes).reason
            before = self.muted.get(name)
            if before in ("silence", "maintenance") and alert.phase == "firing":
                self.released |= not reason
            self.muted[name] = reason

    def _tell(self, minute, now):
        fires = frozenset(
            n
            for n, a in self.alerts.items()
            if a.phase == "firing" and not self.muted[n]
        )
        over = frozenset(n for n, a in self.alerts.items() if a.phase == "over")
        if not fires and not (self.told and self.told.firing):
            self.group_since = None
        elif self.group_since is None:
            self.group_since = now
        group = Group(
            self.group_since or now, fires, over, self.released, quiet=self.quiet
        )
        reason = grouping.decide(group, self.told, self.pace, now).reason
        if reason:
            self.news.append((minute, reason))
            self.told = Told(now, fires, over)
            self.released = False

    def phases(self):
        return {name: alert.phase for name, alert in self.alerts.items()}
