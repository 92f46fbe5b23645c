"""A server on loopback that gives a file: whole, cut off or corrupted, as it is told."""

import gzip
import hashlib
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BODY = b"InvoiceNo,StockCode,Quantity\n" + b"536365,85123A,6\n" * 20_000
SHA256 = hashlib.sha256(BODY).hexdigest()
Reply = Callable[[BaseHTTPRequestHandler], None]


def answer(status: int = 200, body: bytes = BODY, **headers: str) -> Reply:
    def reply(handler):
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write(body)

    return reply


WHOLE = answer(Content_Length=str(len(BODY)))
WHOLE_OF_UNKNOWN_LENGTH = answer()
PACKED_BODY = gzip.compress(BODY)
PACKED = answer(body=PACKED_BODY, Content_Encoding="gzip", Content_Length=str(len(PACKED_BODY)))
CUT_OFF = answer(body=BODY[:100_000], Content_Length=str(len(BODY)))
CUT_OFF_OF_UNKNOWN_LENGTH = answer(body=BODY[:100_000])
CUT_OFF_IN_CHUNKS = answer(body=b"5\r\n" + BODY[:5] + b"\r\n", Transfer_Encoding="chunked")
CORRUPTED = answer(body=BODY.replace(b"85123A", b"85123B", 1), Content_Length=str(len(BODY)))


class Server:
    """Gives the replies in turn, then the last one again and again."""

    def __init__(self):
        self.replies: list[Reply] = [WHOLE]
        self.paths: list[str] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"  # without it there is no chunked transfer

            def do_GET(self):
                server.paths.append(self.path)
                self.close_connection = True
                server.replies[min(len(server.paths), len(server.replies)) - 1](self)

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/data.csv"

    def run(self) -> Iterator["Server"]:
        thread = threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield self
        self.http.shutdown()
        thread.join()
        self.http.server_close()
