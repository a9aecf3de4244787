from datetime import timedelta

from odoo import api, models

from ..tools import grouping

#: States in which somebody is at work on it: nothing is repeated.
QUIET_STATES = ("acknowledged", "in_progress")


class MonitorIncidentNews(models.AbstractModel):
    """When people are told what of an incident: group wait, interval, repeat."""

    _name = "monitor.incident.news"
    _description = "Incident: News"

    def _plan_news(self, now):
        """Set ``notify_at``: when whoever tells people has to ask :meth:`_news`."""
        for incident in self:
            decision = incident._decide_news(now)
            due = now if decision.reason else decision.next_at
            if incident.notify_at != (due or False):
                incident.notify_at = due or False

    def _news(self, now):
        """Return ``{incident: grouping.Decision}`` of these incidents.

        ``reason`` says what is to be told now, ``None`` that nothing is. Whoever told
        it calls :meth:`_mark_told`.
        """
        return {incident: incident._decide_news(now) for incident in self}

    def _mark_told(self, now):
        """Remember that people were told how these incidents are now."""
        for incident in self:
            group = incident._news_group()
            incident.write(
                {
                    "last_notified_at": now,
                    "notified_state": {
                        "firing": sorted(group.firing),
                        "resolved": sorted(group.resolved),
                    },
                }
            )
        self._plan_news(now)

    @api.private
    def _take_news(self, now):
        """Return what is to be told now, and note it as told; ``None``: nothing is."""
        self.ensure_one()
        reason = self._decide_news(now).reason
        if reason:
            self._mark_told(now)
        else:
            self._plan_news(now)
        return reason

    def _decide_news(self, now):
        self.ensure_one()
        silent = self.state in ("snoozed", "closed", "merged")
        by_hand = self.state == "resolved" and self.resolution not in (
            "recovered",
            "self_resolved",
            "unwatched",
        )
        if silent or by_hand:
            return grouping.Decision(None, None)
        return grouping.decide(self._news_group(), self._told(), self._pace(), now)

    def _news_group(self):
        """Return the alerts of this incident as :class:`grouping.Group`."""
        self.ensure_one()
        alerts = self.alert_ids
        firing = alerts.filtered(lambda alert: alert.state == "firing")
        over = alerts.filtered(lambda alert: alert.state == "resolved")
        told = self.last_notified_at
        released = self.released_at and (not told or self.released_at > told)
        return grouping.Group(
            since=self.grouped_at or self.opened_at or self.first_seen_at,
            firing=frozenset(firing.mapped("fingerprint")),
            resolved=frozenset(over.mapped("fingerprint")),
            released=bool(released),
            quiet=self.state in QUIET_STATES,
        )

    def _told(self):
        if not self.last_notified_at:
            return None
        state = self.notified_state or {}
        return grouping.Told(
            at=self.last_notified_at,
            firing=frozenset(state.get("firing", ())),
            resolved=frozenset(state.get("resolved", ())),
        )

    def _pace(self):
        """Return the times of its rule, as they are now."""
        rule = self.rule_id
        if not rule:
            return grouping.Pace()
        return grouping.Pace(
            wait=timedelta(seconds=rule.group_wait_seconds),
            interval=timedelta(minutes=rule.group_interval_minutes),
            repeat=timedelta(minutes=rule.repeat_interval_minutes),
        )

    def _wake(self, now):
        """End the snooze of these incidents; the time it took does not count."""
        for incident in self.filtered(lambda one: one.state == "snoozed"):
            incident._resume_deadlines(now)
            incident.write(
                {
                    "state": "acknowledged" if incident.acknowledged_at else "new",
                    "snoozed_at": False,
                    "snoozed_until": False,
                    "released_at": now,
                    "next_step_at": now,
                }
            )
