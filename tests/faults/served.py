"""What the programs that the product calls have in common here: they can be away, be slow, hang, and die unsaid."""

import socketserver
import time
from threading import Lock, Thread


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True

    def handle_error(self, *_):
        """Whoever called was killed."""


class Served:
    """Listens on one port of the loopback whenever it is open, and keeps what it took; `session` is how it speaks."""

    def __init__(self, session):
        self.session, self.kept, self.sessions, self.lock = session, [], 0, Lock()
        self.port, self.server = 0, None
        self.forget()

    def open(self):
        """Is there from now on."""
        self.server = _Server(("127.0.0.1", self.port), self.session)
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
        self.settled()
        self.kept.clear()
        self.pause, self.dies_unsaid = 0.0, 0
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

    def hang(self):
        """Says nothing as long as it is mute."""
        while self.is_mute:
            time.sleep(0.01)

    def lives(self):
        """Whether it lives to say that it took something."""
        with self.lock:
            is_dying, self.dies_unsaid = self.dies_unsaid > 0, max(self.dies_unsaid - 1, 0)
        return not is_dying

    def settled(self):
        """Everything kept so far, once nobody is speaking any more."""
        end = time.monotonic() + 10
        while self.sessions and time.monotonic() < end:
            time.sleep(0.005)
        return list(self.kept)
