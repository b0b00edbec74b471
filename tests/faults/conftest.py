"""A workshop of processes on a database of their own, in PostgreSQL where `DATABASE_URL` is set, and whom they tell."""

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from hook import Hook
from post import Post

HERE = Path(__file__).parent


class Workshop:
    """Has things done by processes of their own; see `workshop.py`, or another program, for what they can do."""

    def __init__(self, environment, program="workshop.py"):
        words, self.environment = [sys.executable, str(HERE / program)], environment
        self.process = subprocess.Popen(
            words, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def at_once(self, *jobs):
        """What came of several things at once: pairs of an exit code and what was told."""
        asked = [{"do": name, "with": words} for name, words in jobs]
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        return [(one["code"], one["told"]) for one in json.loads(self.process.stdout.readline())]

    def __call__(self, name, **words):
        """What one process told, which must have ended well."""
        ((code, told),) = self.at_once((name, words))
        assert code == 0, f"{name} ended with {code}"
        return told

    def is_killed(self, name, **words):
        """Whether the process that did something was killed."""
        ((code, _),) = self.at_once((name, words))
        assert code in (0, -9)
        return code == -9

    def close(self):
        """Ends when there is nothing more to do."""
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


@pytest.fixture(scope="session")
def _post():
    post = Post()
    yield post
    post.close()


@pytest.fixture
def post(_post):
    """The mail server, open and empty."""
    _post.forget()
    return _post


@pytest.fixture(scope="session")
def _hook():
    hook = Hook()
    yield hook
    hook.close()


@pytest.fixture
def hook(_hook):
    """A program that is called, open and without messages; chats are there as well."""
    _hook.forget()
    return _hook


@pytest.fixture
def other_hook():
    """Another one."""
    hook = Hook()
    yield hook
    hook.close()


@pytest.fixture(scope="session")
def _workshop(_post, _hook, tmp_path_factory):
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "rapport.settings",
        "RAPPORT_DATA": str(tmp_path_factory.mktemp("faults")),
        "RAPPORT_MAIL_HOST": "127.0.0.1",
        "RAPPORT_MAIL_PORT": str(_post.port),
        "RAPPORT_CALL_LOOPBACK": "1",
        "CHAT_SERVICE": _hook.address,
    }
    with _database(environment.get("DATABASE_URL", "")) as address:
        workshop = Workshop({**environment, "DATABASE_URL": address})
        workshop("prepare")
        yield workshop
        workshop.close()


class _database:  # noqa: N801 - used as a block
    """A database that goes away, beside the one that is named; for SQLite nothing has to be done."""

    def __init__(self, url):
        self.url, self.name = url, f"faults_{os.getpid()}"

    def __enter__(self):
        if self.url:
            self._say(f"CREATE DATABASE {self.name}")
        return urlunsplit(urlsplit(self.url)._replace(path=f"/{self.name}")) if self.url else ""

    def __exit__(self, *_):
        if self.url:
            self._say(f"DROP DATABASE {self.name} WITH (FORCE)")

    def _say(self, words):
        import psycopg

        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(words)


@pytest.fixture
def workshop(_workshop):
    """The workshop, where nothing has happened yet."""
    _workshop("fresh")
    return _workshop


@pytest.fixture(scope="module")
def real_work(_workshop):
    """Two companies at work, with copies of them for whoever is to be killed; see `real_work.py`."""
    _workshop("fresh")
    found = Workshop(_workshop.environment, "real_work.py")
    found("set_up")
    yield found
    found("clear")
    found.close()
