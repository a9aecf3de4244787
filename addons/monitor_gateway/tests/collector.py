"""A collector of OpenTelemetry: it keeps what it is sent, and answers as told."""

import contextlib
import gzip
import json
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Received:
    """``requests``: ``[(path, headers, body)]``; ``answers``: what to say, in turn.

    An answer is ``(status, headers, body)``; without one it is 200 ``{}``.
    """

    def __init__(self):
        self.requests = []
        self.answers = deque()
        self.url = None

    def spans(self):
        """Return all spans received, in order."""
        return [
            span
            for path, _headers, body in self.requests
            if path == "/v1/traces"
            for resource in body["resourceSpans"]
            for scope in resource["scopeSpans"]
            for span in scope["spans"]
        ]

    def metrics(self):
        """Return ``{name: metric}`` of the last metrics received."""
        bodies = [body for path, _h, body in self.requests if path == "/v1/metrics"]
        return {
            metric["name"]: metric
            for resource in bodies[-1]["resourceMetrics"]
            for scope in resource["scopeMetrics"]
            for metric in scope["metrics"]
        }


@contextlib.contextmanager
def collector():
    """Run a collector; yield :class:`Received`."""
    received = Received()

    class Handler(BaseHTTPRequestHandler):
        """Takes what OTLP/HTTP posts."""

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            received.requests.append((self.path, self.headers, json.loads(body)))
            status, headers, answer = 200, {}, b"{}"
            if received.answers:
                status, headers, answer = received.answers.popleft()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *args):
            """Not to the log of the tests."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    received.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield received
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
