"""The sentences of owners, escalation and notification, by code (see ``summaries``)."""

from __future__ import annotations


def _lt(template: str) -> str:
    """Mark a template: Odoo's export of terms to translate looks for this name."""
    return template


#: Lines of the timeline.
TIMELINE = {
    "level_done": _lt("Level %(level)s: %(people)s told"),
    "level_nobody": _lt("Level %(level)s: nobody could be told"),
    "level_skipped": _lt("Not told: %(reason)s"),
    "news_told": _lt("%(people)s told"),
    "reminded": _lt("%(people)s reminded by %(user)s"),
    "unacknowledged": _lt(
        "Nobody worked on it for %(minutes)s minutes, so it is new again"
    ),
    "owner_changed": _lt("Owner: %(owner)s (%(reason)s)"),
    "owner_missing": _lt("Nobody can be its owner: %(reason)s"),
    "respond_missed": _lt("Nobody responded by %(due)s"),
    "resolve_missed": _lt("Not resolved by %(due)s"),
    "schedule_repaired": _lt("Escalation had stopped by a defect and goes on"),
}

#: Why somebody is asked.
ROLES = {
    "asked": _lt("as asked for"),
    "rule": _lt("named by the rule"),
    "technical": _lt("technical owner of the workflow"),
    "process": _lt("process owner of the workflow"),
    "compliance": _lt("compliance stakeholder of the workflow"),
    "record": _lt("responsible for the record"),
    "oncall": _lt("on call for the team"),
    "leader": _lt("leader of the team"),
    "manager": _lt("manager of the Monitor"),
    "owner": _lt("owner"),
    "level": _lt("named by the level"),
}

#: Why somebody is passed over.
OBSTACLES = {
    "archived": _lt("archived"),
    "share": _lt("no internal user"),
    "company": _lt("not of this company"),
    "no_access": _lt("may not see incidents"),
    "no_email": _lt("has no e-mail address"),
    "on_leave": _lt("on leave"),
}
