"""How many calls are let in: token buckets in the memory of each process.

A call is first counted for the address it comes from. Once it is known who calls (an
API key, the secret address of a heartbeat), it counts for that caller and no longer for
the address: many callers behind one proxy do not take each other's calls, while who
guesses keys or addresses is slowed down, and holds up nobody who was recognised before.
Each database, route and caller has a bucket of its own. With N worker processes up to
N times as much passes, because each counts alone: that costs no SQL, and no lock that
calls would wait for.

The address is that of the connection. Odoo takes the one that a proxy names
(``X-Forwarded-For``) only in ``proxy_mode``; then it is that one here too.
"""

import hashlib
import logging
import secrets
import time

from odoo.exceptions import UserError
from odoo.http import request
from odoo.service.server import thread_local
from odoo.tools.lru import LRU

from odoo.addons.base.models.res_users import INDEX_SIZE

from ..tools import rate_limit
from ..tools.rate_limit import Rate, RateLimiter

# Apart, so that calls from many addresses do not make callers forgotten.
_addresses = RateLimiter(max_keys=10_000)
_callers = RateLimiter(max_keys=10_000)
# What recognised callers showed, as digests that are of no use outside this process.
_recognised = LRU(10_000)
_SALT = secrets.token_bytes(32)

#: What a caller is known by, and the setting that says how many calls it has.
KEY, TOKEN, ADDRESS = "calls_per_key", "calls_per_token", "calls_per_address"


class TooManyRequests(UserError):
    """Answer to an RPC call; HTTP status 429 where the protocol has one (JSON-2)."""

    http_status = 429
    loglevel = logging.INFO  # no warning for each call of a client in a loop

    def __init__(self, message, headers):
        super().__init__(message)
        self.headers = headers


class Count:
    """What is counted of one request; Odoo may run it again after a conflict."""

    def __init__(self, route, per_minute):
        self.route = (request.db, route)
        self.per_minute = per_minute
        self.address = (self.route, rate_limit.site_of(request.httprequest.remote_addr))
        self.credential = self._credential()
        self.caller = None
        self.answer = None

    def _credential(self):
        """Return a digest of what the caller shows: its key, and the address called."""
        http = request.httprequest
        shown = (self.route, http.path, http.headers.get("Authorization"))
        return hashlib.blake2b(repr(shown).encode(), key=_SALT, digest_size=16).digest()

    def is_let_in(self):
        return self.answer is None or self.answer.allowed

    def rate(self, setting):
        """Return the :class:`Rate` by a setting; ``None`` where it says no limit."""
        limit = getattr(request.env["monitor.config"]._switches(), setting)
        if not limit:
            return None
        return Rate.per_minute(rate_limit.strictest(limit, self.per_minute))


def count_address(route, per_minute=None):
    """Count the request for its address; return whether it is let in.

    So is one too many of a caller that was recognised before: whoever else calls from
    there is to blame. It is remembered again once it is recognised again.
    """
    if hasattr(request, "monitor_count"):
        return True
    count = request.monitor_count = Count(route, per_minute)
    if rate := count.rate(ADDRESS):
        count.answer = _addresses.take(count.address, rate, time.monotonic())
    return count.is_let_in() or bool(_recognised.pop(count.credential, False))


def count_caller(setting, *caller):
    """Count the request for who calls, and no longer for its address.

    :return: whether it is let in; true on a route that is not guarded
    """
    count = getattr(request, "monitor_count", None)
    if count is None:
        return True
    if count.caller != caller:
        now = time.monotonic()
        if count.caller is None and count.is_let_in() and (rate := count.rate(ADDRESS)):
            _addresses.give_back(count.address, rate, now)
        _recognised[count.credential] = True
        count.caller, rate = caller, count.rate(setting)
        count.answer = rate and _callers.take((count.route, *caller), rate, now)
    return count.is_let_in()


def count_rpc(env, method):
    """Count a call by RPC of ``method`` (``model.name``) for its user.

    What is not called by RPC but by code that runs in Odoo is not limited.

    :raises TooManyRequests: when that is one too many
    """
    if not _is_rpc(method):
        return
    if request:  # not within XML-RPC and JSON-RPC, which count what is done again
        if getattr(request, "monitor_rpc_counted", False):
            return
        request.monitor_rpc_counted = True
    limit = getattr(env["monitor.config"]._switches(), KEY)
    if not limit:
        return
    caller = ((env.cr.dbname, method), "user", env.uid)
    answer = _callers.take(caller, Rate.per_minute(limit), time.monotonic())
    if not answer.allowed:
        told = rate_limit.headers(answer)
        seconds = told["Retry-After"]
        message = env._("Too many calls; try again in %s s.", seconds)
        raise TooManyRequests(message, told)


def _is_rpc(method):
    called = getattr(thread_local, "rpc_model_method", "")  # JSON-2 does not set it
    return called == method or bool(
        request and request.dispatcher.routing_type == "json2"
    )


def key_of_caller():
    """Return what tells the API key of an authenticated request from others.

    Its user and the part of it that Odoo stores in clear, to find it by; it is no
    secret. Without a bearer (a browser session): the user alone.
    """
    scheme, _space, key = request.httprequest.headers.get(
        "Authorization", ""
    ).partition(" ")
    is_bearer = scheme.lower() == "bearer"
    return ("key", request.env.uid, key.strip()[:INDEX_SIZE] if is_bearer else None)


def headers():
    """Return the headers that tell what is left; none where nothing is limited."""
    count = getattr(request, "monitor_count", None)
    return rate_limit.headers(count.answer) if count and count.answer else {}
