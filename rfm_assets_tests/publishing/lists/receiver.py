"""A server that takes lists on loopback, and keeps what it was sent."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event

PATH = "/hook/another-secret"
TOKEN = "geheim-4711"  # noqa: S105
DROP = "drop"  # the connection, without an answer


class Receiver(ThreadingHTTPServer):
    """An HTTP server that keeps what it was sent, and answers as it was told to, then 200."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.posts: list[tuple[str, dict, str, int | str]] = []
        self.kinds: set[str] = set()
        self.answers: list[int | str | tuple[int, dict]] = []
        self.drops = 0  # bytes at the end of an answer that come one by one
        self.is_over = Event()
        self.url = f"http://127.0.0.1:{self.server_port}{PATH}"

    @property
    def taken(self) -> dict[str, dict]:
        """The bodies that were answered with 200, each key once: what a receiver keeps that knows the keys."""
        return {key: body for key, body, _, answer in self.posts if answer == 200}

    @property
    def rows(self) -> list[dict]:
        return [row for body in self.taken.values() for row in body["rows"]]


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        self.server.kinds.add(self.headers["Content-Type"])
        body = self.rfile.read(int(self.headers["Content-Length"]))
        answer = self.server.answers.pop(0) if self.server.answers else 200
        status, headers = answer if isinstance(answer, tuple) else (answer, {})
        key, token = self.headers["Idempotency-Key"], self.headers.get("Authorization", "")
        self.server.posts.append((key, json.loads(body), token, status))
        if status == DROP:
            self.connection.close()
            return
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        text = b"" if status == 200 and not headers else f"wrong token {token} to {self.path}".encode()
        self.send_header("Content-Length", str(len(text) + self.server.drops))
        self.end_headers()
        self.wfile.write(text)
        for _ in range(self.server.drops):
            if self.server.is_over.wait(0.01):
                break
            self.wfile.write(b".")

    def log_message(self, *_: object) -> None:
        pass
