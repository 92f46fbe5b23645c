"""A webhook and a mail server that keep what they are sent."""

import json
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from rfm_assets_tests.ui.server import free_port

HOST = "127.0.0.1"


@dataclass
class Webhook:
    """Where it listens, what it was sent, and the statuses that it answers next; 200 when there are none left."""

    url: str
    posts: list[dict[str, str]] = field(default_factory=list)
    tries: int = 0
    statuses: list[int] = field(default_factory=list)
    drips: bool = False  # the answer never comes to its end
    is_over: threading.Event = field(default_factory=threading.Event)


@contextmanager
def webhook(path: str = "/services/T0/geheim") -> Iterator[Webhook]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            found.tries += 1
            status = found.statuses.pop(0) if found.statuses else 200
            if status == 200:
                found.posts.append(body)
            self.send_response(status)
            self.end_headers()
            if found.drips:
                self.wfile.write(b"o")
                self.wfile.flush()
                found.is_over.wait()
            self.wfile.write(b"ok" if status == 200 else f"no_service at {self.path}".encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer((HOST, 0), Handler)
    found = Webhook(f"http://{HOST}:{server.server_port}{path}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        found.is_over.set()
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class MailServer:
    """Where it listens, what it took, who logged in, and what it refuses."""

    port: int
    letters: list[EmailMessage] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    later: list[str] = field(default_factory=list)  # answers to the first addresses
    farewell: str = "221 Bye"

    async def handle_RCPT(  # noqa: N802
        self, _: SMTP, __: Session, envelope: Envelope, address: str, ___: list[str]
    ) -> str:
        if self.later:
            return self.later.pop(0)
        if address in self.refused:
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.answers:
            return self.answers.pop(0)
        assert isinstance(envelope.content, bytes)
        self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
        self.recipients.append(envelope.rcpt_tos)
        self.encrypted.append(session.ssl is not None)
        return "250 OK"

    async def handle_QUIT(self, *_: object) -> str:  # noqa: N802
        return self.farewell


@contextmanager
def mail_server(certificate: Path | None = None, login: tuple[str, str] | None = None) -> Iterator[MailServer]:
    """Listen for mail: over STARTTLS alone when there is a certificate, for one login alone when there is one."""
    found = MailServer(free_port())

    def authenticate(*arguments: object) -> AuthResult:
        given = arguments[-1]
        assert isinstance(given, LoginPassword)
        return AuthResult(success=(given.login.decode(), given.password.decode()) == login, handled=False)

    options: dict[str, object] = {}
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        options |= {"tls_context": context, "require_starttls": True}
    if login:
        options |= {"authenticator": authenticate, "auth_required": True}
    controller = Controller(found, hostname=HOST, port=found.port, **options)
    controller.start()
    try:
        yield found
    finally:
        controller.stop()


def make_certificate(folder: Path) -> Path:
    """Return a file with a key and the certificate of this machine, signed by itself."""
    key, certificate, both = (folder / name for name in ("key.pem", "certificate.pem", "both.pem"))
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    both.write_bytes(key.read_bytes() + certificate.read_bytes())
    return both
