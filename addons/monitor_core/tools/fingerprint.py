"""What went wrong, said so that the same fault always looks the same.

An exception becomes an :class:`ErrorInfo`; its :func:`fingerprint` groups failures
across records, users, servers and small edits of the code (frames bear no line
numbers, messages lose what varies). Exceptions are known by class *name*, so that
neither Odoo nor psycopg2 is needed here.
"""

from __future__ import annotations

import hashlib
import re
import traceback
from collections.abc import Iterator
from types import TracebackType
from typing import NamedTuple

MAX_MESSAGE = 1000
MAX_MESSAGE_LINES = 5
MAX_TRACEBACK = 8000
MAX_FRAMES = 5
_MAX_MASKED = 4000
_MAX_CHAIN = 10

_FAULTS = {"MissingError", "LockError", "ServerActionWithWarningsError"}
_BUSINESS = {"UserError", "ValidationError", "AccessError", "AccessDenied"}
_BUSINESS.add("RedirectWarning")
_TIMEOUTS = {"Timeout", "TimeoutError", "QueryCanceled", "QueryCanceledError"}
_TIMEOUTS |= {"CPUTimeLimit", "TimeLimitExceeded", "SoftTimeLimitExceeded"}
#: Odoo's workers raise a bare ``Exception`` with this text (service/server.py).
_TIMEOUT_TEXT = "CPU time limit exceeded"
_RETRYABLE = {"SerializationFailure", "TransactionRollbackError"}
_RETRYABLE |= {"DeadlockDetected", "LockNotAvailable", "ConcurrencyError"}
#: serialization_failure, deadlock_detected, lock_not_available: appendix A of the
#: PostgreSQL manual; those which ``odoo.service.model.retrying`` tries again.
_RETRYABLE_CODES = {"40001", "40P01", "55P03"}

_ADDON = "addons/"
#: Files of addons that only pass a call on to the code of somebody else.
_DISPATCHERS = re.compile(
    r"addons/(?:base|mail|base_automation|monitor_core)/models/"
    r"(?:ir_cron|ir_actions|ir_actions_server|ir_http|base_automation|base)\.py"
)
_SITE = re.compile(r".*/(?:site|dist)-packages/")
_CORE = re.compile(
    r".*/(?=odoo/(?:_monkeypatches|api|cli|exceptions|fields|http|init|models|modules"
    r"|netsvc|orm|osv|service|sql_db|tests|tools|upgrade)\b)"
)
_STDLIB = re.compile(r".*/lib/python[\d.]+/")
_FILE_LINE = re.compile(r'(?m)^(\s*File ")([^"\n]+)(")')
_CARETS = re.compile(r"(?m)^\s+[~^]+\n")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

#: In this order; each is linear, the text is bounded.
_MASKS = [
    (re.compile(pattern), mask)
    for pattern, mask in [
        (r"\b[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s'\"<>]+", "<url>"),
        (r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}", "<email>"),
        (r"(?i)\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "<uuid>"),
        (
            r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?)?"
            r"(?:Z\b|[+-]\d\d:?\d\d\b)?",
            "<date>",
        ),
        (r"\b0x[0-9A-Fa-f]+\b", "<address>"),
        (r"\b([a-z_][\w]*(?:\.\w+)*)\((?:<NewId [^>\n]{0,80}>|[\d, ])*\)", r"\1(#)"),
        (r"\"[^\"\n]*\"|«[^»\n]*»|“[^”\n]*”", "<text>"),
        (r"(?<!\w)'[^'\n]*'(?!\w)|(?<!\w)`[^`\n]*`", "<text>"),
        (r"(?<![\w/<])(?:[A-Za-z]:\\|~?/)[\w.+-]+(?:[/\\][\w.+-]+)+", "<path>"),
        (r"(?i)\b(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{8,}\b", "<hex>"),
        (r"\d+(?:[.,:]\d+)*", "#"),
        (r"#(?:, ?#)+", "#"),
    ]
]


class ErrorInfo(NamedTuple):
    """An exception in plain values.

    ``error_type``: qualified class name; ``message``: at most 1000 characters;
    ``traceback``: at most 8000, the end kept, paths without the machine;
    ``frames``: up to five ``path:function``, innermost last, of application code.
    """

    error_type: str
    message: str
    traceback: str
    frames: tuple[str, ...]


def describe_exception(exc: BaseException) -> ErrorInfo:
    """Return what is worth storing of ``exc``; never raises.

    Where ``exc`` only reports that an earlier one happened (safe_eval's
    ``ValueError``, psycopg2's ``InFailedSqlTransaction``), type, message and
    frames are those of the earlier one.

    >>> info = describe_exception(KeyError("partner"))
    >>> info.error_type, info.message, info.frames
    ('KeyError', "'partner'", ())
    """
    root = root_cause(exc)
    return ErrorInfo(
        error_type=_qualified_name(type(root)),
        message=_message(root),
        traceback=_traceback_text(exc),
        frames=_frames(root.__traceback__),
    )


def fingerprint(info: ErrorInfo) -> str:
    """Return 16 hex digits that are the same for the same fault.

    >>> one = ErrorInfo("ValueError", "order 12 is gone", "", ("addons/sale:f",))
    >>> two = ErrorInfo("ValueError", "order 97 is gone", "", ("addons/sale:f",))
    >>> fingerprint(one) == fingerprint(two)
    True
    """
    parts = [info.error_type, *info.frames, mask_message(info.message)]
    digest = hashlib.sha256("\n".join(parts).encode("utf-8", "replace"))
    return digest.hexdigest()[:16]


def mask_message(text: str) -> str:
    """Return ``text`` with placeholders for what differs from case to case.

    >>> mask_message("res.partner(12, 7) paid 41.50 to 'Ana' <ana@example.com>")
    'res.partner(#) paid # to <text> <<email>>'
    """
    text = text[:_MAX_MASKED]
    for pattern, mask in _MASKS:
        text = pattern.sub(mask, text)
    return text


def classify(exc: BaseException) -> str:
    """Return the outcome class of a failure: business_error, timeout or fault.

    A missing or locked record is a fault although Odoo derives it from UserError.

    >>> classify(TimeoutError("read timed out")), classify(KeyError("x"))
    ('timeout', 'fault')
    """
    root = root_cause(exc)
    names = _class_names(root)
    if names & _FAULTS:
        return "fault"
    if names & _BUSINESS:
        return "business_error"
    if names & _TIMEOUTS or _TIMEOUT_TEXT in _text(root):
        return "timeout"
    return "fault"


def is_retryable(exc: BaseException) -> bool:
    """Tell whether Odoo would run the transaction again after ``exc``.

    Its explicit causes (``raise ... from``) count as well.

    >>> is_retryable(type("SerializationFailure", (Exception,), {})())
    True
    """
    for _link in range(_MAX_CHAIN):
        if _class_names(exc) & _RETRYABLE:
            return True
        if getattr(exc, "pgcode", None) in _RETRYABLE_CODES:
            return True
        following = exc.__cause__ or _reported(exc)
        if following is None:
            return False
        exc = following
    return False


def root_cause(exc: BaseException) -> BaseException:
    """Return the exception that ``exc`` only reports, else ``exc`` itself.

    >>> wrapper = ValueError("KeyError('x') while evaluating\\n'a[x]'")
    >>> wrapper.__context__ = KeyError("x")
    >>> root_cause(wrapper)
    KeyError('x')
    """
    for _link in range(_MAX_CHAIN):
        following = _reported(exc)
        if following is None:
            break
        exc = following
    return exc


def _reported(exc: BaseException) -> BaseException | None:
    """Return the earlier exception that a mere reporter hides."""
    reporter = "InFailedSqlTransaction" in _class_names(exc) or (
        type(exc) is ValueError and " while evaluating\n" in _text(exc)
    )
    return (exc.__cause__ or exc.__context__) if reporter else None


def _class_names(exc: BaseException) -> set[str]:
    return {cls.__name__ for cls in type(exc).__mro__}


def _qualified_name(cls: type) -> str:
    """Return ``module.Class``, without the module for built-in exceptions."""
    if cls.__module__ == "builtins":
        return cls.__qualname__
    return f"{cls.__module__}.{cls.__qualname__}"


def _text(exc: BaseException) -> str:
    """Return ``str(exc)``, whatever the exception does about it."""
    try:
        return str(exc)
    except Exception:
        return "(the error has no readable message)"


def _message(exc: BaseException) -> str:
    """Return the first lines that say something."""
    text = _UNSTORABLE.sub("\ufffd", _text(exc)[: 10 * MAX_MESSAGE])
    lines = [line.strip() for line in text.splitlines() if line.strip(" \t^~")]
    return "\n".join(lines[:MAX_MESSAGE_LINES])[:MAX_MESSAGE]


def _traceback_text(exc: BaseException) -> str:
    """Return the traceback of ``exc`` and what led to it, its end kept."""
    try:
        lines = traceback.format_exception(type(exc), exc, exc.__traceback__)
    except Exception:
        lines = traceback.format_tb(exc.__traceback__)
    text = _UNSTORABLE.sub("\ufffd", "".join(lines)[-4 * MAX_TRACEBACK :])
    text = _FILE_LINE.sub(lambda m: m[1] + short_path(m[2]) + m[3], text)
    return _CARETS.sub("", text)[-MAX_TRACEBACK:]


def _frames(tb: TracebackType | None) -> tuple[str, ...]:
    """Return the innermost application frames, or any where there are none."""
    places = list(_places(tb))
    application = [place for place in places if _is_application(place)]
    return tuple((application or places)[-MAX_FRAMES:])


def _places(tb: TracebackType | None) -> Iterator[str]:
    for frame, _line in traceback.walk_tb(tb):
        module = str(frame.f_globals.get("__name__", ""))
        if module.startswith("odoo."):
            path = _module_path(module)
        else:
            path = mask_message(short_path(frame.f_code.co_filename))
        yield f"{path}:{frame.f_code.co_name}"


def _module_path(module: str) -> str:
    """Return the path of an Odoo module, wherever its addon lies on the disk."""
    path = module.replace(".", "/") + ".py"
    return path.removeprefix("odoo/") if path.startswith("odoo/addons/") else path


def _is_application(place: str) -> bool:
    """Tell whether a frame is code of an addon or of a server action."""
    if place.startswith(_ADDON):
        return not _DISPATCHERS.match(place)
    # safe_eval names the code after its record: ir.actions.server(#)
    return "(#):" in place


def short_path(path: str) -> str:
    """Return a path of code without what depends on the machine.

    >>> short_path("/opt/src/addons/sale/models/sale_order.py")
    'addons/sale/models/sale_order.py'
    >>> short_path("/usr/lib/python3/dist-packages/odoo/orm/models.py")
    'odoo/orm/models.py'
    """
    path = path.replace("\\", "/")
    addons = path.rfind("/" + _ADDON)
    if addons >= 0:
        return path[addons + 1 :]
    for root in (_SITE, _CORE, _STDLIB):
        match = root.match(path)
        if match:
            return path[match.end() :]
    return "/".join(path.strip("/").split("/")[-3:])
