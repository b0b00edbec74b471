"""A program that is called; can be away, be slow, hang, refuse, or take a message and die before it says so."""

import re
import socketserver
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from http.server import BaseHTTPRequestHandler
from threading import Lock, Thread

from standardwebhooks import Webhook


@dataclass(frozen=True)
class Call:
    """What somebody sent, and where to."""

    path: str
    heads: Message
    body: str

    @property
    def name(self):
        return self.heads["webhook-id"]

    @property
    def sent_at(self):
        return int(self.heads["webhook-timestamp"])

    @property
    def about(self):
        return re.search(r"Note \d+|test message", self.body).group()

    def is_signed(self, secret):
        """Whether it is signed by who has the secret, for the name and the moment in its head."""
        right = Webhook(secret).sign(self.name, datetime.fromtimestamp(self.sent_at, UTC), self.body)
        return right in self.heads["webhook-signature"].split()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True

    def handle_error(self, *_):
        """Whoever called was killed."""


class Hook:
    """Listens on one port of the loopback whenever it is open, and keeps what it took."""

    def __init__(self):
        self.kept, self.refused, self.sessions, self.lock = [], [], 0, Lock()
        self.pause, self.is_mute, self.dies_unsaid, self.answer, self.heads = 0.0, False, 0, 200, {}
        self.port, self.server = 0, None
        self.open()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.port}/hook"

    def open(self):
        """Takes messages from now on."""
        hook = self

        class Session(BaseHTTPRequestHandler):
            def handle(self):
                hook.meet(super().handle)

            def do_POST(self):
                hook.hear(self)

            def log_message(self, *_):
                pass

        self.server = _Server(("127.0.0.1", self.port), Session)
        self.port = self.server.server_address[1]
        Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self):
        """Is away from now on."""
        if self.server:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    def forget(self):
        """As it was in the beginning."""
        self.close()
        self.is_mute = False
        self.taken()
        self.kept.clear()
        self.refused.clear()
        self.pause, self.dies_unsaid, self.answer, self.heads = 0.0, 0, 200, {}
        self.open()

    def meet(self, converse):
        """Lets somebody speak."""
        with self.lock:
            self.sessions += 1
        try:
            converse()
        finally:
            with self.lock:
                self.sessions -= 1

    def hear(self, session):
        """Takes or refuses what came whole, and says so."""
        length = int(session.headers["Content-Length"])
        body = session.rfile.read(length)
        if len(body) < length:
            return
        call = Call(session.path, session.headers, body.decode())
        (self.kept if self.answer < 300 else self.refused).append(call)
        time.sleep(self.pause)
        while self.is_mute:
            time.sleep(0.01)
        with self.lock:
            is_dying, self.dies_unsaid = self.dies_unsaid > 0, max(self.dies_unsaid - 1, 0)
        if not is_dying:
            self._say(session)

    def _say(self, session):
        session.send_response(self.answer)
        for name, value in self.heads.items():
            session.send_header(name, value)
        session.end_headers()
        session.wfile.write(b"ok")

    def taken(self):
        """Every message taken so far, once nobody is speaking any more."""
        end = time.monotonic() + 10
        while self.sessions and time.monotonic() < end:
            time.sleep(0.005)
        return list(self.kept)

    def names(self):
        """By what messages are about, the name of every one that came."""
        found = defaultdict(list)
        for one in self.taken():
            found[one.about].append(one.name)
        return dict(found)
