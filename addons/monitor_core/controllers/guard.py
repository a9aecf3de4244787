"""What all routes below ``/monitor/`` share: limits before them, JSON errors after.

Odoo answers errors of ``type="http"`` routes in HTML (and of json2 with a traceback).
A machine on the other end wants ``{"error": {"code", "message", "details"}}``. Odoo
calls this module from ``ir.http`` (``models/ir_http.py``), so that what goes wrong
before an endpoint (no key, no such path) or after it (at commit) gets the same answer.
"""

from typing import NamedTuple

from werkzeug.exceptions import HTTPException

from odoo.exceptions import AccessDenied, UserError
from odoo.http import SessionExpiredException, is_cors_preflight, request

from ..tools import fingerprint
from . import throttle

PREFIX = "/monitor/"
MAX_BODY = 1024 * 1024  # bytes, where a route says nothing else
CODES = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    413: "too_large",
    415: "unsupported_media_type",
    422: "unprocessable",
    429: "too_many_requests",
    500: "internal_error",
    503: "unavailable",
}


class Limits(NamedTuple):
    """What a route declared with :func:`guarded`."""

    methods: tuple
    max_body: int
    per_minute: int | None
    page: bool = False


class Refusal(HTTPException):
    """Raise it to answer ``problem(...)`` with all that was written undone."""

    def __init__(self, status, message, code=None, details=None, headers=None):
        super().__init__(message)
        self.code = status
        self.answer = (status, message, code, details, headers)


def problem(status, message, code=None, details=None, headers=None):
    """Return the error answer of every route of the suite."""
    body = {
        "error": {
            "code": code or CODES.get(status, "error"),
            "message": message,
            "details": details or {},
        }
    }
    response = request.make_json_response(body, status=status)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers.update({**throttle.headers(), **(headers or {})})
    return response


def guarded(methods=("GET", "HEAD"), max_body=MAX_BODY, per_minute=None, page=False):
    """Declare the limits of a route below ``/monitor/`` (itself without ``methods``).

    The endpoint finds the raw body, of any content type, in
    ``request.httprequest.get_data()``.

    :param methods: HTTP methods it takes; others get 405
    :param max_body: bytes; a larger body gets 413 before it is parsed
    :param per_minute: calls of one caller in this process, where that is less than the
        settings say (see :mod:`.throttle`); more get 429 with ``Retry-After``
    :param page: it is for people: who is not logged in is sent to log in
    """

    def decorate(endpoint):
        endpoint.monitor_limits = Limits(tuple(methods), max_body, per_minute, page)
        return endpoint

    return decorate


def is_ours():
    """Tell whether the present request gets our answers (JSON-RPC has its own)."""
    return (
        request.httprequest.path.startswith(PREFIX)
        and request.dispatcher.routing_type != "jsonrpc"
    )


def asks_to_log_in(error):
    """Tell whether Odoo is to answer with its log-in page: a page is for people."""
    return isinstance(error, SessionExpiredException) and getattr(
        request, "monitor_page", False
    )


def admit(endpoint):
    """Raise :class:`Refusal` for a call that is not let in; asked before who calls."""
    limits = _limits_of(endpoint)
    request.monitor_page = bool(limits and limits.page)
    if limits is None or is_cors_preflight(request, endpoint):
        return
    route = endpoint.routing["routes"][0]
    _let_in(throttle.count_address(route, limits.per_minute))
    http = request.httprequest
    if http.method not in limits.methods:
        allow = {"Allow": ", ".join(limits.methods)}
        raise Refusal(405, f"Use {' or '.join(limits.methods)}.", headers=allow)
    if (http.content_length or 0) > limits.max_body:
        raise _too_large(limits.max_body)


def recognise(endpoint):
    """Count the call for its API key or user, once Odoo knows who calls."""
    if _limits_of(endpoint) and endpoint.routing["auth"] in ("bearer", "user"):
        _let_in(throttle.count_caller(throttle.KEY, *throttle.key_of_caller()))


def count_for(kind, name):
    """Count the call for the secret address it was sent to, once it is found.

    An endpoint without API key calls this, so that a busy address takes no calls from
    others of the same network.

    :param kind: what is addressed, such as ``"heartbeat"``
    :param name: what tells it from others of its kind (its id, not the secret)
    :raises Refusal: 429 when that is one call too many
    """
    _let_in(throttle.count_caller(throttle.TOKEN, kind, name))


def add_headers(response):
    """Have any answer of a guarded route tell how many calls are left."""
    response.headers.update(throttle.headers())


def read_body(endpoint):
    """Read the body before Odoo parses it, and no more of it than the limit.

    The announced length is not enough: a body sent in chunks has none, or a wrong
    one. What was read is kept, for the parser of forms and for the endpoint.
    """
    limits = _limits_of(endpoint)
    if limits is None:
        return
    # One more than allowed: werkzeug cuts a body of unknown length without a word.
    request.httprequest.max_content_length = limits.max_body + 1
    if len(request.httprequest.get_data()) > limits.max_body:
        raise _too_large(limits.max_body)


def answer(error):
    """Return the JSON answer to whatever was raised while a request was served."""
    if isinstance(error, Refusal):
        return problem(*error.answer)
    status, message = _describe(error)
    headers = dict(error.get_headers()) if isinstance(error, HTTPException) else {}
    headers.pop("Content-Type", None)  # of Odoo's page; Allow and others stay
    return problem(status, message, headers=headers)


def _limits_of(endpoint):
    """Return the :class:`Limits` of a route, also where an heir declared none."""
    method = getattr(endpoint, "func", None)
    for owner in type(getattr(method, "__self__", None)).__mro__:
        function = vars(owner).get(method and method.__name__)
        if limits := getattr(function, "monitor_limits", None):
            return limits
    return None


def _let_in(allowed):
    if not allowed:
        raise _too_many()


def _too_many():
    seconds = throttle.headers()["Retry-After"]
    return Refusal(429, f"Too many calls; try again in {seconds} s.")


def _too_large(limit):
    return Refusal(413, f"At most {limit} bytes.", details={"limit": limit})


def _describe(error):
    """Return HTTP status and message; a defect tells nothing (Odoo logs it)."""
    if isinstance(error, HTTPException):
        said = vars(error).get("description")  # the class's own text is for people
        return error.code or 500, said or error.name
    if isinstance(error, (AccessDenied, SessionExpiredException)):
        return 401, "Wrong or missing credentials."
    if isinstance(error, UserError):
        return error.http_status, str(error)
    if fingerprint.is_retryable(error):
        return 503, "Too much is going on at once; try again."
    return 500, "Something failed here; it is in the server's log."
