"""Files that people send and get back.

Requests that are larger than any file may be are refused before anything of them is kept: a request is read before
anybody knows who sent it, the parts that are files onto the disk. What is kept lies under a name of chance, and leaves
as something to be saved, never as a page of this site.
"""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from math import ceil
from pathlib import PurePosixPath
from typing import Any

from django import forms
from django.core.exceptions import RequestDataTooBig
from django.core.files import File
from django.core.files.uploadhandler import FileUploadHandler
from django.db import transaction
from django.db.models.fields.files import FieldFile
from django.http import FileResponse

_MB = 1024**2
LARGEST_FILE = 100 * _MB
"""The most bytes that any file may have."""
LARGEST_DOCUMENT = 20 * _MB
"""The most bytes that a file may have that is kept as it is, to be read by people."""
_AROUND_IT = _MB
"""What a form says besides its file."""


class WithinLimit(FileUploadHandler):
    """Stands before the handlers that keep files, and lets through what is not too large."""

    def handle_raw_input(self, _input: Any, _meta: Any, content_length: int, *_: object) -> None:
        """Refuse by what the request says of its length; the server reads no more than that."""
        if content_length > LARGEST_FILE + _AROUND_IT:
            largest = megabytes(LARGEST_FILE)
            raise RequestDataTooBig(f"The request is larger than any file may be, which is {largest}.")

    def receive_data_chunk(self, raw_data: bytes, _start: int) -> bytes:
        """Hand on what came."""
        return raw_data

    def file_complete(self, _file_size: int) -> None:
        """Leave the file to the next handler."""


def megabytes(size: int) -> str:
    """A limit as people are told it."""
    return f"{size // _MB} MB"


def unfit(file: "File[Any]", limit: int) -> str:
    """Why a file cannot be kept, said to whoever sends it; empty where it can."""
    if not file.size:
        return "The file is empty; choose another one."
    if file.size <= limit:
        return ""
    size = ceil(10 * file.size / _MB) / 10
    return f"The file has {size} MB, and at most {megabytes(limit)} can be kept; hand in a smaller one."


def given_name(file: "File[Any]") -> str:
    """What a file was called where it came from, without the folders of whichever system that was."""
    return re.split(r"[/\\]", file.name or "")[-1]


def ending(name: str) -> str:
    """The ending of a file's name where it is a plain one, such as ".pdf"."""
    found = PurePosixPath(name).suffix.lower()
    return found if re.fullmatch(r"\.[a-z0-9]{1,10}", found) else ""


def safe_name(text: str, otherwise: str) -> str:
    """A text as every system takes it for the name of a file, or another where nothing of it is left."""
    return re.sub(r'[/\\:*?"<>|]+', "-", text).strip(" .-") or otherwise


@contextmanager
def kept(place: FieldFile, file: "File[Any] | None") -> Iterator[None]:
    """Keep a file, where there is one, under a name of chance with the ending of its own.

    It goes away again if what follows fails; what it takes the place of goes away once that is certain.
    """
    if file is None:
        yield
        return
    before, storage = place.name, place.storage
    place.save(secrets.token_hex(16) + ending(given_name(file)), file, save=False)
    try:
        yield
    except BaseException:
        place.delete(save=False)
        raise
    if before:
        transaction.on_commit(partial(storage.delete, before))


class DocumentField(forms.FileField):
    """A file to be read by people; at the field it is said that one cannot be kept. `hint` says more about it."""

    def __init__(self, *, hint: str = "", **kwargs: Any) -> None:
        super().__init__(help_text=f"At most {megabytes(LARGEST_DOCUMENT)}. {hint}".strip(), **kwargs)

    def clean(self, data: Any, initial: Any = None) -> Any:
        """The file, None where there is none."""
        file = super().clean(data, initial)
        if file and (reason := unfit(file, LARGEST_DOCUMENT)):
            raise forms.ValidationError(reason)
        return file or None


def saved_name(file: FieldFile, name: str) -> str:
    """What a kept file is called where it is saved: as it is called here, with the ending it was handed in with."""
    stem, suffix = safe_name(name, "file"), ending(file.name or "")
    return stem if stem.lower().endswith(suffix) else stem + suffix


def download(file: FieldFile, name: str) -> FileResponse:
    """A kept file, to be saved under a name; no browser shows it as a page of this site, and nothing keeps a copy."""
    response = FileResponse(
        file.open("rb"), as_attachment=True, filename=saved_name(file, name), content_type="application/octet-stream"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response
