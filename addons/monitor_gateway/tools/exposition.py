"""Write metrics as Prometheus and OpenMetrics read them. Plain values in, text out.

Two formats, chosen by the ``Accept`` header: the classic text format 0.0.4 and
OpenMetrics 1.0.0. They differ in the name of a counter's family, in what is escaped in
a help text, and in the closing ``# EOF``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"

GAUGE, COUNTER, HISTOGRAM = "gauge", "counter", "histogram"
#: Characters of a label value; what is longer is cut.
MAX_LABEL = 128
#: Upper bounds, in seconds, of the buckets of every duration histogram.
BOUNDS = (0.01, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 21600.0)

_METRIC_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL_NAME = re.compile(r"(?!__)[a-zA-Z_][a-zA-Z0-9_]*")
_OPENMETRICS_TYPE = "application/openmetrics-text"
_OPENMETRICS_VERSION = "1.0.0"

Labels = Mapping[str, str]


class Buckets(NamedTuple):
    """Value of a histogram: ``counts`` has one number for each of ``bounds``, and one
    more for what lies above; ``total`` is the sum of all that was observed.
    """

    bounds: Sequence[float]
    counts: Sequence[int]
    total: float


class Family(NamedTuple):
    """All series of one metric.

    :param name: without ``_total``, which a counter gets when it is written
    :param kind: gauge, counter or histogram
    :param samples: ``[(labels, value)]``; the value of a histogram is ``Buckets``
    """

    name: str
    kind: str
    help: str
    samples: Sequence[tuple[Labels, float | Buckets]]


def negotiate(accept: str | None) -> str:
    """Return the content type to answer with: text, unless OpenMetrics is preferred.

    >>> negotiate("application/openmetrics-text;version=1.0.0,text/plain;q=0.5")
    'application/openmetrics-text; version=1.0.0; charset=utf-8'
    >>> negotiate("*/*")
    'text/plain; version=0.0.4; charset=utf-8'
    """
    openmetrics = text = 0.0
    for entry in (accept or "").split(","):
        kind, *parameters = (part.strip().lower() for part in entry.split(";"))
        values = dict(part.split("=", 1) for part in parameters if "=" in part)
        quality = _quality(values.get("q", "1"))
        if kind == _OPENMETRICS_TYPE:
            version = values.get("version", _OPENMETRICS_VERSION).strip('"')
            if version == _OPENMETRICS_VERSION:
                openmetrics = max(openmetrics, quality)
        elif kind in ("text/plain", "text/*", "*/*"):
            text = max(text, quality)
    return OPENMETRICS if openmetrics > 0 and openmetrics >= text else TEXT


def _quality(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def render(families: Iterable[Family], content_type: str) -> str:
    """Return the families as a document of that content type.

    Families of the same name are one: several addons may add series to it. Raises
    ``ValueError`` for what no reader would accept: a wrong name, one name for two
    kinds, a kind there is not, the same series twice.

    >>> family = Family("jobs", COUNTER, "Jobs.", [({"state": "ok"}, 3)])
    >>> print(render([family], TEXT), end="")
    # HELP jobs_total Jobs.
    # TYPE jobs_total counter
    jobs_total{state="ok"} 3
    >>> print(render([family], OPENMETRICS), end="")
    # HELP jobs Jobs.
    # TYPE jobs counter
    jobs_total{state="ok"} 3
    # EOF
    """
    is_openmetrics = content_type == OPENMETRICS
    lines = []
    for family in _merged(families):
        lines += _lines(family, is_openmetrics)
    if is_openmetrics:
        lines.append("# EOF")
    return "".join(f"{line}\n" for line in lines)


def _merged(families: Iterable[Family]) -> Iterable[Family]:
    by_name: dict[str, Family] = {}
    for family in families:
        known = by_name.setdefault(family.name, family._replace(samples=()))
        if known.kind != family.kind:
            raise ValueError(f"{family.name} is {known.kind} and {family.kind}")
        samples = (*known.samples, *family.samples)
        by_name[family.name] = known._replace(samples=samples)
    return [family for family in by_name.values() if family.samples]


def _lines(family: Family, is_openmetrics: bool) -> list[str]:
    if family.kind not in (GAUGE, COUNTER, HISTOGRAM):
        raise ValueError(f"{family.name}: no kind of metric: {family.kind}")
    if not _METRIC_NAME.fullmatch(family.name):
        raise ValueError(f"no name of a metric: {family.name!r}")
    name = family.name
    if family.kind == COUNTER and not is_openmetrics:
        name += "_total"
    lines = [
        f"# HELP {name} {escape_help(family.help, is_openmetrics)}",
        f"# TYPE {name} {family.kind}",
    ]
    seen = set()
    for labels, value in family.samples:
        pairs = label_pairs(labels)
        if tuple(sorted(pairs)) in seen:
            raise ValueError(f"{family.name}: twice the same series {dict(labels)}")
        seen.add(tuple(sorted(pairs)))
        lines += _sample_lines(family, pairs, value)
    return lines


def _sample_lines(family, pairs, value):
    if family.kind == GAUGE:
        return [_line(family.name, pairs, value)]
    if family.kind == COUNTER:
        return [_line(f"{family.name}_total", pairs, value)]
    lines, count = [], 0
    for bound, number in zip((*value.bounds, math.inf), value.counts, strict=True):
        count += number
        bucket = [*pairs, f'le="{format_value(float(bound))}"']
        lines.append(_line(f"{family.name}_bucket", bucket, count))
    return [
        *lines,
        _line(f"{family.name}_sum", pairs, value.total),
        _line(f"{family.name}_count", pairs, count),
    ]


def _line(name, pairs, value):
    labels = f"{{{','.join(pairs)}}}" if pairs else ""
    return f"{name}{labels} {format_value(value)}"


def label_pairs(labels: Labels) -> list[str]:
    """Return ``name="value"`` for each label, values cut and escaped.

    >>> label_pairs({"code": 'say "hi"', "kind": "cron"})
    ['code="say \\\\"hi\\\\""', 'kind="cron"']
    """
    pairs = []
    for name, value in labels.items():
        if not _LABEL_NAME.fullmatch(name):
            raise ValueError(f"no name of a label: {name!r}")
        text = escape_help(str(value)[:MAX_LABEL], quotes=True)
        pairs.append(f'{name}="{text}"')
    return pairs


def escape_help(text: str, quotes: bool) -> str:
    r"""Return a text on one line: backslashes, line ends and (if told) quotes escaped.

    >>> print(escape_help('one\ntwo "x"', quotes=False))
    one\ntwo "x"
    """
    text = text.replace("\\", r"\\").replace("\r", " ").replace("\n", r"\n")
    return text.replace('"', r"\"") if quotes else text


def format_value(value: float) -> str:
    """Return a number as both formats write it.

    >>> [format_value(value) for value in (3, 0.25, 1.0, True, math.inf, math.nan)]
    ['3', '0.25', '1.0', '1', '+Inf', 'NaN']
    """
    if isinstance(value, int):
        return str(int(value))
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return repr(float(value))


def to_buckets(
    durations: Mapping[float, int],
    total: float,
    bounds: Sequence[float] = BOUNDS,
) -> Buckets:
    """Sort durations (``{seconds: how many}``) into the buckets of a histogram.

    >>> to_buckets({0.2: 2, 0.5: 1, 7: 1}, 8.0, bounds=(0.1, 0.5))
    Buckets(bounds=(0.1, 0.5), counts=(0, 3, 1), total=8.0)
    """
    counts = [0] * (len(bounds) + 1)
    for seconds, count in durations.items():
        place = next((i for i, b in enumerate(bounds) if seconds <= b), len(bounds))
        counts[place] += count
    return Buckets(tuple(bounds), tuple(counts), total)
