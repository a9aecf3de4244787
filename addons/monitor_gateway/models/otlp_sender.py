"""One request to a collector, and what its answer means."""

import gzip
import json
import time
from typing import NamedTuple

from odoo.addons.monitor_core.models import outgoing_http
from odoo.addons.monitor_core.tools import clock

from ..tools import otlp_answer
from .monitor_deadman import in_words

TIMEOUT = 10  # seconds to connect, and between two pieces of the answer
ANSWER_TIMEOUT = 20  # seconds for the whole answer
MAX_ANSWER = 64 * 1024  # bytes
PIECE = 4096


class Collector(NamedTuple):
    """Where to send to: the address above ``/v1/…``, and headers."""

    url: str
    headers: dict
    insecure: bool = False

    def address(self, signal):
        """Return the address of a signal, "traces" or "metrics"."""
        return f"{self.url.rstrip('/')}/v1/{signal}"


def send(collector, signal, request):
    """Send one request; return the :class:`otlp_answer.Verdict`, whatever happens.

    Never call it with a transaction open, see ``outgoing_http``.
    """
    url = collector.address(signal)
    headers = {
        **collector.headers,
        "Content-Type": "application/json",
        "Content-Encoding": "gzip",
        "User-Agent": "odoo-monitor",
    }
    try:
        with outgoing_http.post(
            url,
            allow_http=collector.insecure,
            allow_private=collector.insecure,
            timeout=TIMEOUT,
            stream=True,
            headers=headers,
            data=gzip.compress(json.dumps(request).encode(), 6),
        ) as response:
            body = _read(response)
    except Exception as error:
        # whatever it is, nothing is lost and the administrator should see it
        return otlp_answer.unreachable(in_words(error, url))
    return otlp_answer.judge(
        signal, response.status_code, response.headers, body, clock.utcnow()
    )


def _read(response):
    """Return the answer's JSON, or ``None``; an endless one is not waited for."""
    answer, until = b"", time.monotonic() + ANSWER_TIMEOUT
    while len(answer) <= MAX_ANSWER and time.monotonic() < until:
        piece = response.raw.read1(PIECE, decode_content=True)
        if not piece:
            break
        answer += piece
    try:
        return json.loads(answer)
    except (ValueError, RecursionError):
        return None
