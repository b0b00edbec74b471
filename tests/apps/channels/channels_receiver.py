"""A program that is called: answers as it is told to, and keeps what it was sent."""

import socket
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

from standardwebhooks import Webhook, WebhookVerificationError


class Receiver:
    """Listens on the loopback; `answers` are statuses with heads, the last one for all further calls."""

    def __init__(self):
        self.came, self.answers, self.behaves, self.over = [], [(204, {})], None, Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.came.append((dict(self.headers), body, self.path))
                with suppress(OSError):
                    receiver._answer(self)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}/hook"
        Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def _answer(self, call):
        if self.behaves:
            self.behaves(call)
            return
        status, heads = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        call.send_response(status)
        for name, value in heads.items():
            call.send_header(name, value)
        call.end_headers()
        if status == 200:
            call.wfile.write(b"ok")

    def close(self):
        self.over.set()
        self.server.shutdown()
        self.server.server_close()

    def names(self):
        return [heads["webhook-id"] for heads, _, _ in self.came]

    def messages(self, secret):
        """What came with a signature that is right, as a receiver reads it by the published library."""
        return [Webhook(secret).verify(body, heads) for heads, body, _ in self.came]

    def is_trusted(self, secret, number=-1):
        heads, body, _ = self.came[number]
        try:
            Webhook(secret).verify(body, heads)
        except WebhookVerificationError:
            return False
        return True


def drips(receiver):
    """Answers a byte at a time, without end."""

    def behave(call):
        call.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        while not receiver.over.wait(0.05):
            call.wfile.write(b"a")
            call.wfile.flush()

    return behave


def floods(call):
    """Answers without end."""
    call.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
    while True:
        call.wfile.write(b"a" * 65536)


def hangs_up(call):
    """Takes what comes and dies before it says so."""
    call.connection.shutdown(socket.SHUT_RDWR)
