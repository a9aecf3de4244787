"""What every route of the suite shares: JSON errors, size and rate limits, methods.

Odoo answers errors of ``type="http"`` routes in HTML (and of json2 with a traceback).
A machine on the other end wants ``{"error": {"code", "message", "details"}}``.
"""

import functools
import logging
import math
import time

from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from odoo.exceptions import AccessDenied, AccessError, UserError
from odoo.http import request

from ..tools import fingerprint
from ..tools.rate_limit import RateLimiter

_logger = logging.getLogger(__name__)

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
    for name, value in (headers or {}).items():
        response.headers[name] = value
    return response


def guarded(methods=("GET", "HEAD"), max_body=MAX_BODY, per_minute=600):
    """Wrap a route (declared without ``methods``): limits before, JSON errors after.

    :param methods: HTTP methods it takes; others get 405
    :param max_body: bytes; a larger body gets 413 before it is read
    :param per_minute: calls per address and minute in this process; more get 429 with
        ``Retry-After``. Bursts of a tenth of a minute's worth pass.
    """
    limiter = RateLimiter(max(1, per_minute // 10), per_minute / 60)

    def decorate(endpoint):
        @functools.wraps(endpoint)
        def wrapper(self, *args, **kwargs):
            return _refusal(methods, max_body, limiter) or _answer(
                lambda: endpoint(self, *args, **kwargs)
            )

        return wrapper

    return decorate


def _refusal(methods, max_body, limiter):
    """Return the answer to a call that is not let in, else ``None``."""
    http = request.httprequest
    if http.method not in methods:
        allow = {"Allow": ", ".join(methods)}
        return problem(405, f"Use {' or '.join(methods)}.", headers=allow)
    allowed, retry_after = limiter.allow(http.remote_addr, time.monotonic())
    if not allowed:
        seconds = math.ceil(retry_after)
        return problem(
            429, f"Try again in {seconds} s.", headers={"Retry-After": str(seconds)}
        )
    if _is_too_large(http, max_body):
        return problem(413, f"At most {max_body} bytes.", details={"limit": max_body})
    return None


def _is_too_large(http, max_body):
    """Tell by the announced length, or by reading no more than the limit.

    A body sent in chunks announces no length. Odoo has opened its stream by now, with
    a limit of its own (128 MB): it is opened anew, and the endpoint gets what was read.
    """
    if http.content_length is not None:
        return http.content_length > max_body
    wrapped = http._HTTPRequest__wrapped
    wrapped.max_content_length = max_body + 1
    wrapped.__dict__.pop("stream", None)
    return len(http.get_data()) > max_body


def _answer(endpoint):
    """Return what ``endpoint`` answers, or what it raises as a JSON error."""
    try:
        return endpoint()
    except Exception as error:
        if fingerprint.is_retryable(error):
            raise  # Odoo rolls back and tries the whole request again
        status, message = _describe(error)
        if status == 500:
            _logger.exception("%s failed", request.httprequest.path)
        request.env.cr.rollback()
        return problem(status, message)


def _describe(error):
    if isinstance(error, RequestEntityTooLarge):
        return 413, "The body is too large."
    if isinstance(error, HTTPException):
        return error.code or 500, error.name
    if isinstance(error, AccessDenied):
        return 401, "Wrong or missing credentials."
    if isinstance(error, AccessError):
        return 403, str(error)
    if isinstance(error, UserError):
        return 422, str(error)
    return 500, "Something failed here; it is in the server's log."
