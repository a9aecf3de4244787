"""Matchers of labels, in the syntax of Prometheus Alertmanager.

``severity=~"info|warning", workflow!="x"``: all must hold. A label that is not there
is an empty text. Patterns match whole values. What people may write here is checked
against every alert, so patterns that can take for ever are refused.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

#: The longest pattern, and how much of a value is looked at.
MAX_PATTERN = 200
MAX_VALUE = 128
#: How often one alternative of a pattern may leave open how it goes on.
MAX_CHOICES = 3
#: How many repetitions all patterns of a text may have together.
MAX_LOOPS = 6
MAX_MATCHERS = 20

_TOKEN = re.compile(
    r"""\s*(?P<name>[A-Za-z_][A-Za-z0-9_]*|"(?:[^"\\]|\\.)*")
        \s*(?P<operator>=~|!~|!=|=)
        \s*(?P<value>"(?:[^"\\]|\\.)*"|[^\s{}!=~,\\"'`]*)\s*""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_LINE_BREAKS = {"n": "\n", "t": "\t"}


class MatcherError(ValueError):
    """What is wrong with a text of matchers.

    ``code`` and ``params`` name a sentence of :data:`PROBLEMS` and its values.
    """

    def __init__(self, code: str, **params: str | int):
        super().__init__(PROBLEMS[code] % params)
        self.code = code
        self.params = params


def _lt(template: str) -> str:
    """Mark a template: Odoo's export of terms to translate looks for this name."""
    return template


PROBLEMS = {
    "syntax": _lt(
        'Not understood from "%(rest)s" on. Write for example: '
        'severity="error", workflow=~"sale-.*"'
    ),
    "brace": _lt('"{" at the beginning and "}" at the end belong together.'),
    "many": _lt("At most %(limit)s conditions, please."),
    "loops": _lt(
        "All patterns together have more than %(limit)s repetitions such as .*; "
        "write fewer, or a silence for each."
    ),
    "long": _lt('The pattern "%(pattern)s" is longer than %(limit)s characters.'),
    "pattern": _lt('"%(pattern)s" is no valid pattern: %(error)s.'),
    "special": _lt(
        'The pattern "%(pattern)s" uses "%(part)s", which is not supported here.'
    ),
    "nested": _lt(
        'The pattern "%(pattern)s" repeats a group that itself repeats or chooses. '
        "Write it without that."
    ),
    "choices": _lt(
        'The pattern "%(pattern)s" leaves too much open: in each alternative, use at '
        "most %(limit)s of * + ? {} and (…|…)."
    ),
}


@dataclass(frozen=True)
class Matcher:
    """One condition on one label; ``operator`` is ``=``, ``!=``, ``=~`` or ``!~``."""

    name: str
    operator: str
    value: str

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Tell whether these labels fulfil the condition.

        >>> Matcher("severity", "=~", "info|warning").matches({"severity": "info"})
        True
        >>> Matcher("team", "=", "").matches({})
        True
        """
        found = str(labels.get(self.name) or "")
        if self.operator in ("=", "!="):
            return (found == self.value) == (self.operator == "=")
        matched = _compiled(self.value).fullmatch(found[:MAX_VALUE]) is not None
        return matched == (self.operator == "=~")


@lru_cache(maxsize=1024)
def parse(text: str | None) -> tuple[Matcher, ...]:
    """Return the matchers of a text, none for an empty one.

    Raises :class:`MatcherError` that says in plain words what is wrong.

    >>> parse('{severity=~"info|warning", workflow!=x}')[1]
    Matcher(name='workflow', operator='!=', value='x')
    >>> parse("severity")
    Traceback (most recent call last):
        ...
    odoo.addons.monitor_incident.tools.matchers.MatcherError: Not understood from \
"severity" on. Write for example: severity="error", workflow=~"sale-.*"
    """
    rest = _without_braces((text or "").strip())
    found = []
    while rest:
        token = _TOKEN.match(rest)
        if not token:
            raise MatcherError("syntax", rest=rest[:40])
        after = rest[token.end() :]
        if after and not after.startswith(","):
            raise MatcherError("syntax", rest=after[:40])
        found.append(_matcher(token))
        rest = after[1:].strip()
    if len(found) > MAX_MATCHERS:
        raise MatcherError("many", limit=MAX_MATCHERS)
    if sum(_loops(one.value) for one in found if "~" in one.operator) > MAX_LOOPS:
        raise MatcherError("loops", limit=MAX_LOOPS)
    return tuple(found)


def matches_all(matchers: Iterable[Matcher], labels: Mapping[str, str]) -> bool:
    """Tell whether labels fulfil all matchers; no matchers match everything.

    >>> matches_all(parse('a="1", b!="2"'), {"a": "1"})
    True
    """
    return all(matcher.matches(labels) for matcher in matchers)


def render(matchers: Iterable[Matcher]) -> str:
    """Return the text of matchers, which :func:`parse` reads back.

    >>> render([Matcher("workflow", "=", 'the "x"')])
    'workflow="the \\\\"x\\\\""'
    """
    return ", ".join(
        f"{_name(matcher.name)}{matcher.operator}{_quoted(matcher.value)}"
        for matcher in matchers
    )


def _name(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) else _quoted(name)


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _without_braces(text: str) -> str:
    if text.startswith("{") != text.endswith("}"):
        raise MatcherError("brace")
    return text[1:-1].strip() if text.startswith("{") else text


def _matcher(token: re.Match[str]) -> Matcher:
    matcher = Matcher(
        _unquoted(token["name"]), token["operator"], _unquoted(token["value"])
    )
    if matcher.operator in ("=~", "!~"):
        _compiled(matcher.value)
    return matcher


def _unquoted(text: str) -> str:
    if not text.startswith('"'):
        return text
    return _ESCAPE.sub(
        lambda found: _LINE_BREAKS.get(found[1], _literal(found[1])), text[1:-1]
    )


def _literal(char: str) -> str:
    """Return what a backslash before ``char`` stands for: patterns keep theirs."""
    return char if char in '"\\' else "\\" + char


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    if len(pattern) > MAX_PATTERN:
        raise MatcherError("long", pattern=pattern[:40], limit=MAX_PATTERN)
    _refuse_slow(pattern)
    try:
        with warnings.catch_warnings():  # what may mean more in a later Python
            warnings.simplefilter("ignore", FutureWarning)
            return re.compile(pattern)
    except (re.error, OverflowError) as error:
        raise MatcherError("pattern", pattern=pattern, error=str(error)) from error


_PART = re.compile(
    r"""(?P<escape>\\.?)
      | (?P<set>\[\^?\]?(?:[^\]\\]|\\.)*\])
      | (?P<open>\((?:\?:)?)
      | (?P<close>\))
      | (?P<either>\|)
      | (?P<repeat>[*+?]|\{)
      | (?P<char>.)""",
    re.VERBOSE | re.DOTALL,
)
_SAFE_ESCAPE = re.compile(r"\\[dDwWsS]|\\[^A-Za-z0-9]", re.DOTALL)


def _loops(pattern: str) -> int:
    return sum(part.lastgroup == "repeat" for part in _PART.finditer(pattern))


def _refuse_slow(pattern: str) -> None:
    """Raise for a pattern for which a hostile value could take very long.

    Python's engine tries all ways to match. Their number is bounded here by refusing
    what multiplies without limit (a repeated group that repeats or chooses, references
    back) and by counting what multiplies with a limit.
    """
    groups: list[int] = []  # for each open group: choices made before it
    choices, chosen_in_last = 0, 0
    after_group = False
    for part in _PART.finditer(pattern):
        kind, text = part.lastgroup, part.group()
        if kind == "escape" and not _SAFE_ESCAPE.fullmatch(text):
            raise MatcherError("special", pattern=pattern, part=text)
        if kind == "open":
            if text == "(" and pattern[part.end() : part.end() + 1] == "?":
                unknown = pattern[part.start() : part.start() + 3]
                raise MatcherError("special", pattern=pattern, part=unknown)
            groups.append(choices)
        elif kind == "close" and groups:
            chosen_in_last = choices - groups.pop()
        elif kind == "either":
            choices = choices + 1 if groups else 0
        elif kind == "repeat":
            if after_group and chosen_in_last:
                raise MatcherError("nested", pattern=pattern)
            choices += 1
        after_group = kind == "close"
        if choices > MAX_CHOICES:
            raise MatcherError("choices", pattern=pattern, limit=MAX_CHOICES)
