"""A mail server that can be away, be slow, hang, or take a letter and die before it says so; keeps what it took."""

import socketserver
import time
from collections import Counter
from email import message_from_bytes, policy

from served import Served


class Post(Served):
    """Takes letters."""

    def __init__(self):
        post = self

        class Session(socketserver.StreamRequestHandler):
            def handle(self):
                post.meet(lambda: _converse(post, self))

        super().__init__(Session)

    def taken(self):
        """Every letter taken so far, once nobody is speaking any more: whom it is for, its subject, its Message-ID."""
        return [(one["To"], one["Subject"], one["Message-ID"]) for one in self.settled()]

    def names(self):
        """How many different letters there were, by recipient and subject."""
        return Counter((to, subject) for to, subject, _ in set(self.taken()))


def _converse(post, session):
    def say(line):
        session.wfile.write(line.encode() + b"\r\n")

    post.hang()
    say("220 post")
    while line := session.rfile.readline().strip():
        word = line[:4].upper()
        if word == b"DATA":
            say("354 go on")
            if not _take(post, session.rfile):
                return
        say("221 bye" if word == b"QUIT" else "250 well")
        if word == b"QUIT":
            return


def _take(post, file):
    """Takes a letter that comes whole; whether it says so."""
    lines = []
    while (line := file.readline()) != b".\r\n":
        if not line:
            return False
        lines.append(line.removeprefix(b"."))
    time.sleep(post.pause)
    post.kept.append(message_from_bytes(b"".join(lines), policy=policy.default))
    return post.lives()
