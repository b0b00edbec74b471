"""A mail server that can be away, be slow, hang, or take a letter and die before it says so; keeps what it took."""

import socketserver
import time
from collections import Counter
from email import message_from_bytes, policy
from threading import Lock, Thread


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True


class Post:
    """Listens on one port of the loopback whenever it is open."""

    def __init__(self):
        self.letters, self.sessions, self.lock = [], 0, Lock()
        self.pause, self.is_mute, self.dies_unsaid = 0.0, False, 0
        self.port, self.server = 0, None
        self.open()

    def open(self):
        """Takes letters from now on."""
        post = self

        class Session(socketserver.StreamRequestHandler):
            def handle(self):
                post.meet(self)

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
        self.letters.clear()
        self.pause, self.is_mute, self.dies_unsaid = 0.0, False, 0
        self.open()

    def meet(self, session):
        """Hears somebody out."""
        with self.lock:
            self.sessions += 1
        try:
            _converse(self, session)
        except OSError:
            pass  # whoever spoke was killed
        finally:
            with self.lock:
                self.sessions -= 1

    def taken(self):
        """Every letter taken so far, once nobody is speaking any more: whom it is for, its subject, its Message-ID."""
        end = time.monotonic() + 10
        while self.sessions and time.monotonic() < end:
            time.sleep(0.005)
        return [(one["To"], one["Subject"], one["Message-ID"]) for one in list(self.letters)]

    def names(self):
        """How many different letters there were, by recipient and subject."""
        return Counter((to, subject) for to, subject, _ in set(self.taken()))


def _converse(post, session):
    def say(line):
        session.wfile.write(line.encode() + b"\r\n")

    while post.is_mute:
        time.sleep(0.01)
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
    post.letters.append(message_from_bytes(b"".join(lines), policy=policy.default))
    if post.dies_unsaid:
        post.dies_unsaid -= 1
        return False
    return True
