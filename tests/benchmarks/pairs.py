"""Ours beside its peer: interleaved pairs, all printed, judged against a floor.

Each pair measures both sides right after each other, so a machine whose speed drifts
does not matter. Quoted are the median of the ratios pair by pair and their quartiles,
in CPU time (this process and its PostgreSQL backend together) and in wall time.
"""

import os
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

PAIRS = 11
#: What ``--check`` judges: ``(title, median, floor, holds)`` of each ratio printed.
JUDGED = []


@dataclass(frozen=True)
class Bar:
    """What DESIGN asks of a ratio; ``by`` is the time it is of: "cpu" or "wall"."""

    floor: float
    aim: float
    at_least: bool = False  # a rate: more is better
    by: str = "wall"

    def holds(self, ratio):
        return ratio >= self.floor if self.at_least else ratio <= self.floor


@dataclass(frozen=True)
class Cost:
    """Seconds of one piece of work."""

    cpu: float
    wall: float

    def minus(self, other):
        return Cost(self.cpu - other.cpu, self.wall - other.wall)

    def each(self, count):
        """Return what one costs, where so many cost this."""
        return Cost(self.cpu / count, self.wall / count)


def cost(cr, function, repeat=1):
    """Return what one of ``repeat`` calls of ``function()`` costs.

    ``cr``: whose backend works for it; its CPU clock ticks 100 times a second, so the
    calls together should take some tenths of a second.
    """
    cpu, wall = _cpu(cr), time.perf_counter()
    for _time in range(repeat):
        function()
    wall = time.perf_counter() - wall
    return Cost((_cpu(cr) - cpu) / repeat, wall / repeat)


def _cpu(cr):
    backend = cr._cnx.info.backend_pid
    fields = Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


def judge(title, pairs, bar, absolute=""):
    """Print the ratio of ``pairs``, ``[(ours, peer)]`` costs; remember the verdict.

    For a bar "at least" the ratio is that of rates, peer's cost by ours.
    """
    for by in ("cpu", "wall"):
        ratios = [_ratio(getattr(a, by), getattr(b, by), bar) for a, b in pairs]
        low, middle, high = statistics.quantiles(ratios, n=4)
        verdict = ""
        if by == bar.by:
            holds = bar.holds(middle)
            JUDGED.append((title, middle, bar.floor, holds))
            verdict = f"floor {bar.floor:g}, aim {bar.aim:g}: " + (
                "holds" if holds else "MISSED"
            )
        print(
            f"{title:44} {by:4} {middle:6.2f}  ({low:.2f} - {high:.2f})  "
            f"{verdict} {absolute if by == bar.by else ''}".rstrip()
        )
        print("    pairs: " + " ".join(f"{ratio:.2f}" for ratio in ratios), flush=True)


def absolute(title, values, bar):
    """Print figures that have no peer, and judge their median."""
    low, middle, high = statistics.quantiles(values, n=4)
    holds = bar.holds(middle)
    JUDGED.append((title, middle, bar.floor, holds))
    print(
        f"{title:44}      {middle:6.2f}  ({low:.2f} - {high:.2f})  "
        f"floor {bar.floor:g}, aim {bar.aim:g}: {'holds' if holds else 'MISSED'}"
    )


def _ratio(ours, peer, bar):
    above, below = (peer, ours) if bar.at_least else (ours, peer)
    return above / below if below > 0 else float("nan")


def check():
    """Print what was missed; return the exit status of ``--check``."""
    missed = [judged for judged in JUDGED if not judged[3]]
    for title, ratio, floor, _holds in missed:
        print(f"MISSED: {title}: {ratio:.2f}, floor {floor:g}")
    print(f"{len(JUDGED) - len(missed)} of {len(JUDGED)} floors hold")
    return 1 if missed else 0
