"""Renders the parts of the kit through Django's templates, and serves a sample page the way the application would."""

import os
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import django
import pytest
from django.apps import apps
from django.conf import settings
from django.template.backends.django import DjangoTemplates
from kit_sample import TODAY, page

from rapport.kit.assets import VENDOR

HERE = Path(__file__).parent
STATIC = VENDOR.parents[1]
REQUEST = "django.template.context_processors.request"
POLICY = (
    "default-src 'self'; style-src 'self'; script-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'"
)
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2"}

if not os.environ.get("DJANGO_SETTINGS_MODULE") and not settings.configured:
    settings.configure(
        INSTALLED_APPS=["django.contrib.humanize", "django.contrib.staticfiles", "rapport.kit"],
        STATIC_URL="/static/",
        USE_TZ=True,
    )
if not apps.ready:
    django.setup()


@pytest.fixture(scope="session")
def engine() -> DjangoTemplates:
    return DjangoTemplates(
        {"NAME": "kit", "DIRS": [HERE / "templates"], "APP_DIRS": True, "OPTIONS": {"context_processors": [REQUEST]}}
    )


@pytest.fixture
def render(engine: DjangoTemplates) -> Callable[..., str]:
    """Renders template source that has loaded the kit already, on the day the tests are about."""

    def rendered(source: str, request: Any = None, **context: Any) -> str:
        template = engine.from_string("{% load kit %}" + source)
        return str(template.render({"today": TODAY, **context}, request)).strip()

    return rendered


class _Pages(BaseHTTPRequestHandler):
    """Answers with a rendered page or a static file, under the application's content security policy."""

    def __init__(self, pages: Callable[[str], str | None], *arguments: Any) -> None:
        self.pages = pages
        super().__init__(*arguments)

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        file = STATIC / path.removeprefix("/static/")
        if path.startswith("/static/") and file.is_file():
            self._answer(200, file.read_bytes(), TYPES[file.suffix])
            return
        page = self.pages(path)
        self._answer(404 if page is None else 200, (page or "").encode(), "text/html; charset=utf-8")

    def log_message(self, *_: Any) -> None:
        """Stays silent."""

    def _answer(self, code: int, body: bytes, kind: str) -> None:
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture(scope="session")
def site(engine: DjangoTemplates) -> Iterator[str]:
    """The address of a small server with the sample pages."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Pages, partial(page, engine)))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
