"""Inhibition: a firing alert that explains others keeps them quiet.

As in Prometheus Alertmanager: an alert that matches the target side is quiet while one
that matches the source side fires and both agree in the labels of ``equal`` (labels
that both lack are equal). One that matches both sides is never explained by another
that does, nor by itself. What concerns one company explains nothing of another's.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass

from .matchers import Matcher, matches_all

Labels = Mapping[str, str]


@dataclass(frozen=True)
class Inhibition:
    """Which alert explains which; ``company`` (``None``: any) limits both sides."""

    name: str
    source: tuple[Matcher, ...]
    target: tuple[Matcher, ...]
    equal: tuple[str, ...] = ()
    company: str | None = None

    def is_source(self, labels: Labels) -> bool:
        """Tell whether an alert with these labels explains others."""
        return self._concerns(labels) and matches_all(self.source, labels)

    def is_target(self, labels: Labels) -> bool:
        """Tell whether an alert with these labels may be explained."""
        return self._concerns(labels) and matches_all(self.target, labels)

    def _concerns(self, labels: Labels) -> bool:
        return self.company is None or labels.get("company", "") == self.company


class Explainer:
    """Finds what explains an alert, among the alerts that fire.

    >>> from .matchers import parse
    >>> down = Inhibition("down", parse("kind=outage"), parse("kind=late"))
    >>> explainer = Explainer([down], {7: {"kind": "outage"}})
    >>> explainer.explains({"kind": "late"})
    7
    >>> explainer.explains({"kind": "failure"}) is None
    True
    """

    def __init__(
        self, inhibitions: Iterable[Inhibition], firing: Mapping[Hashable, Labels]
    ):
        self._found: list[tuple[Inhibition, dict[tuple[str, ...], list[tuple]]]] = []
        for inhibition in inhibitions:
            by_values: dict[tuple[str, ...], list[tuple]] = {}
            for key, labels in firing.items():
                if inhibition.is_source(labels):
                    values = _values(labels, inhibition.equal)
                    company = labels.get("company", "")
                    source = (key, inhibition.is_target(labels), company)
                    by_values.setdefault(values, []).append(source)
            self._found.append((inhibition, by_values))

    def explains(self, labels: Labels, key: Hashable = None) -> Hashable | None:
        """Return the key of the alert that explains one, ``None`` if none does.

        ``key`` is the alert's own: nothing explains itself.
        """
        for inhibition, by_values in self._found:
            sources = by_values.get(_values(labels, inhibition.equal))
            if not sources or not inhibition.is_target(labels):
                continue
            both = inhibition.is_source(labels)
            company = labels.get("company", "")
            for source, is_target, of_company in sources:
                concerned = of_company in ("", company)
                if concerned and source != key and not (both and is_target):
                    return source
        return None


def split_labels(text: str | None) -> tuple[str, ...]:
    """Return the names in a list separated by commas.

    >>> split_labels(" workflow, team ,")
    ('workflow', 'team')
    """
    return tuple(name.strip() for name in (text or "").split(",") if name.strip())


def _values(labels: Labels, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(str(labels.get(name) or "") for name in names)
