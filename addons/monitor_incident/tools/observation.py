"""What a rule saw: the one thing that rules hand to alerts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from odoo.addons.monitor_core.tools.payload import (  # noqa: TID251 - pure too
    storable_text,
)

#: Labels that tell one alert of a rule from another.
IDENTITY = ("rule", "workflow", "error", "record", "key", "company")


@dataclass(frozen=True)
class Observation:
    """That a rule's condition holds (``active``) or does not, for one set of labels.

    ``labels`` say what the alert is about, in texts: ``rule`` (its id), ``workflow``
    (code), ``severity``, and what else tells alerts apart. ``since`` is when the
    condition came to be, not when it was noticed. ``count`` says how many occurrences
    this observation adds. ``code`` and ``params`` are a sentence of ``summaries`` and
    its values, as in health reasons. ``run_ids``: first and last run, then samples.
    ``known_as``: the fingerprint of an alert that is stored, where that is known.
    ``end_reason``: why nobody looks any more, a value of ``scales.END_REASONS``; empty
    where it holds, or is over.
    """

    rule_id: int
    labels: Mapping[str, str]
    active: bool
    since: datetime | None = None
    count: int = 0
    value: float | None = None
    code: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    workflow_id: int | None = None
    company_id: int | None = None
    model: str | None = None
    res_id: int | None = None
    run_ids: tuple[int, ...] = ()
    known_as: str = ""
    end_reason: str = ""

    def __post_init__(self) -> None:
        """Replace what PostgreSQL cannot hold: error messages may have it."""
        for name in ("labels", "params"):
            object.__setattr__(self, name, _storable(getattr(self, name)))

    @property
    def fingerprint(self) -> str:
        """Return what the alert is known by: the same thing, the same alert.

        What may change while it fires (severity, team) does not make it another.
        """
        if self.known_as:
            return self.known_as
        told = {name: self.labels[name] for name in IDENTITY if name in self.labels}
        return fingerprint(told)


def _storable(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        storable_text(name): storable_text(value) if isinstance(value, str) else value
        for name, value in values.items()
    }


def fingerprint(labels: Mapping[str, str]) -> str:
    """Return 128 bits of the labels, whatever their order, in hex.

    >>> fingerprint({"rule": "1", "workflow": "a"}) == fingerprint(
    ...     {"workflow": "a", "rule": "1"}
    ... )
    True
    """
    text = json.dumps(dict(labels), sort_keys=True, ensure_ascii=False)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
