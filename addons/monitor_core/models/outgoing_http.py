"""Requests to the outside: every one the suite makes goes through :func:`send`.

What an administrator configured is checked twice (``tools/outgoing.py``): before the
request by what the name resolves to, and once connected, before anything is sent, by
the address that was really reached. Redirects are not followed, the environment's
proxies are not used (the address reached would be the proxy's), and nothing waits
longer than its timeout.

Never call it with a transaction open: the row locks would wait for somebody else's
server.
"""

import os
import socket

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from ..tools import outgoing
from ..tools.outgoing import Refused

TIMEOUT = 10  # seconds to connect, and again between two bytes of the answer


def get(url, **options):
    """GET; see :func:`send`."""
    return send("GET", url, **options)


def post(url, **options):
    """POST; see :func:`send`."""
    return send("POST", url, **options)


def send(
    method, url, *, allow_http=False, allow_private=False, timeout=TIMEOUT, **options
):
    """Send one request and return the ``requests.Response``, whatever its status.

    :param allow_http: whether ``http://`` will do
    :param allow_private: whether the private network may be asked; metadata services of
        clouds may not in any case
    :param options: as for ``requests.request``: ``data``, ``json``, ``headers``, ...
    :raises Refused: when that address may not be asked
    :raises requests.RequestException: when it does not answer
    """
    outgoing.check_url(
        url, _resolve, allow_http=allow_http, allow_private=allow_private
    )
    with requests.Session() as session:
        # No proxy, no .netrc; a company's own certificate authority still counts.
        session.trust_env = False
        session.verify = os.environ.get("REQUESTS_CA_BUNDLE") or True
        adapter = CheckedAdapter(allow_private)
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        return session.request(
            method, url, allow_redirects=False, timeout=timeout, **options
        )


def _resolve(host, port):
    return [found[4][0] for found in socket.getaddrinfo(host, port, 0, 1)]


class CheckedAdapter(HTTPAdapter):
    """Sends nothing to an address that may not be asked."""

    def __init__(self, allow_private):
        self._allow_private = allow_private
        super().__init__()

    def init_poolmanager(self, *args, **kwargs):
        result = super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {
            "http": _checked(HTTPConnectionPool, HTTPConnection, self._allow_private),
            "https": _checked(
                HTTPSConnectionPool, HTTPSConnection, self._allow_private
            ),
        }
        return result


def _checked(pool, connection, allow_private):
    """Return ``pool`` with connections that look where they have arrived."""

    class CheckedConnection(connection):
        """Looks at the other end before it says anything."""

        def _new_conn(self):
            reached = super()._new_conn()
            try:
                outgoing.check_address(
                    reached.getpeername()[0], allow_private=allow_private
                )
            except Refused:
                reached.close()
                raise
            return reached

    return type("CheckedPool", (pool,), {"ConnectionCls": CheckedConnection})
