"""A program that is called; can be away, be slow, hang, refuse, or take a message and die before it says so."""

import re
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from http.server import BaseHTTPRequestHandler

from served import Served
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


class Hook(Served):
    """Takes messages, or refuses them, with whatever in the head of its answer."""

    def __init__(self):
        hook = self

        class Session(BaseHTTPRequestHandler):
            def handle(self):
                hook.meet(super().handle)

            def do_POST(self):
                hook.hear(self)

            def log_message(self, *_):
                pass

        super().__init__(Session)

    @property
    def address(self):
        return f"http://127.0.0.1:{self.port}/hook"

    def forget(self):
        """As it was in the beginning."""
        super().forget()
        self.refused, self.answer, self.heads = [], 200, {}

    def hear(self, session):
        """Takes or refuses what came whole, and says so."""
        length = int(session.headers["Content-Length"])
        body = session.rfile.read(length)
        if len(body) < length:
            return
        call = Call(session.path, session.headers, body.decode())
        (self.kept if self.answer < 300 else self.refused).append(call)
        time.sleep(self.pause)
        self.hang()
        if self.lives():
            self._say(session)

    def _say(self, session):
        session.send_response(self.answer)
        for name, value in self.heads.items():
            session.send_header(name, value)
        session.end_headers()
        session.wfile.write(b"ok")

    def taken(self):
        """Every message taken so far, once nobody is speaking any more."""
        return self.settled()

    def names(self):
        """By what messages are about, the name of every one that came."""
        found = defaultdict(list)
        for one in self.taken():
            found[one.about].append(one.name)
        return dict(found)
