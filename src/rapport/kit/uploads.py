"""Requests that are larger than any file may be are refused before anything of them is kept.

A request is read before anybody knows who sent it, the parts that are files onto the disk.
"""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler

LARGEST_FILE = 100 * 1024**2
_AROUND_IT = 1024**2
"""What a form says besides its file."""


class WithinLimit(FileUploadHandler):
    """Stands before the handlers that keep files, and lets through what is not too large."""

    def handle_raw_input(self, _input: Any, _meta: Any, content_length: int, *_: object) -> None:
        """Refuse by what the request says of its length; the server reads no more than that."""
        if content_length > LARGEST_FILE + _AROUND_IT:
            raise RequestDataTooBig("The request is larger than any file may be, which is 100 MB.")

    def receive_data_chunk(self, raw_data: bytes, _start: int) -> bytes:
        """Hand on what came."""
        return raw_data

    def file_complete(self, _file_size: int) -> None:
        """Leave the file to the next handler."""
