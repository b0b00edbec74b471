"""A mail server of a few lines: takes what is handed in by SMTP and keeps it."""

import socketserver
from email import message_from_string, policy
from threading import Thread


class MailSink:
    """Listens on the loopback; `letters` are (from, to, message) as they were handed in."""

    def __init__(self):
        self.letters = []
        sink = self

        class Session(socketserver.StreamRequestHandler):
            def handle(self):
                _converse(self, sink.letters)

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session)
        self.port = self.server.server_address[1]
        Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self):
        """Takes nothing any more."""
        self.server.shutdown()
        self.server.server_close()


def _converse(session, letters):
    def say(line):
        session.wfile.write(line.encode() + b"\r\n")

    sender, recipients = "", []
    say("220 sink")
    while line := session.rfile.readline().decode().strip():
        word = line[:4].upper()
        if word == "MAIL":
            sender = line.partition("<")[2].partition(">")[0]
        elif word == "RCPT":
            recipients.append(line.partition("<")[2].partition(">")[0])
        elif word == "DATA":
            say("354 go on")
            letters.append((sender, recipients, message_from_string(_data(session.rfile), policy=policy.default)))
        say("221 bye" if word == "QUIT" else "250 well")
        if word == "QUIT":
            return


def _data(file):
    lines = []
    while (line := file.readline().decode().rstrip("\r\n")) != ".":
        lines.append(line.removeprefix(".") if line.startswith("..") else line)
    return "\n".join(lines)
