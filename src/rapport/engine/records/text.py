"""Text files in any encoding as UTF-8, refused at the first byte that is not text."""

import codecs
import io
from typing import BinaryIO

from rapport.engine.records.report import RecordsRefused

_CHUNK = 1024**2
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def as_utf8(file: BinaryIO, encoding: str, name: str, end: bytes = b"") -> io.BufferedReader:
    """A text file as UTF-8 bytes without a byte order mark, followed by `end`.

    A byte order mark says how the file is encoded; without one it is in the stated encoding.

    Raises:
        RecordsRefused: here or in reading, the bytes are not text in that encoding, or there is none of that name.
    """
    return io.BufferedReader(_Recoded(file, encoding, name, end), _CHUNK)


class _Recoded(io.RawIOBase):
    def __init__(self, file: BinaryIO, encoding: str, name: str, end: bytes) -> None:
        self._file, self._name, self._end = file, name, end
        head = file.read(_CHUNK)
        self._encoding = next((own for mark, own in _MARKS.items() if head.startswith(mark)), encoding)
        self._decoder = _decoder(self._encoding, name)
        self._bytes, self._lines = 0, 1
        self._pending = memoryview(self._recode(head))

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # Buffer needs Python 3.12
        while not self._pending and not self._file.closed:
            self._pending = memoryview(self._next())
        count = min(len(buffer), len(self._pending))
        buffer[:count] = self._pending[:count]
        self._pending = self._pending[count:]
        return count

    def _next(self) -> bytes:
        chunk = self._file.read(_CHUNK)
        if chunk:
            return self._recode(chunk)
        self._file.close()
        return self._recode(b"", final=True) + self._end

    def _recode(self, chunk: bytes, final: bool = False) -> bytes:
        start = self._bytes - len(self._decoder.getstate()[0])
        try:
            text = self._decoder.decode(chunk, final)
        except UnicodeDecodeError as error:
            raise self._refusal(start + error.start, bytes(error.object), error.start) from None
        if "\0" in text:
            raise RecordsRefused(f"{self._name} holds NUL bytes, so it is not {self._encoding} text; try utf-16")
        self._bytes += len(chunk)
        self._lines += _line_ends(text)
        return text.encode()

    def _refusal(self, offset: int, seen: bytes, at: int) -> RecordsRefused:
        line = self._lines + _line_ends(seen[:at].decode("latin-1"))
        return RecordsRefused(
            f"{self._name} is not {self._encoding} text: byte {offset:,} (0x{seen[at]:02x}, line {line:,}) has no "
            "meaning in it; state the file's encoding, such as iso-8859-1 or windows-1252"
        )


def _decoder(encoding: str, name: str) -> codecs.IncrementalDecoder:
    try:
        " ".encode(encoding)  # unlike the codec registry, refuses what is no text encoding, such as zlib
        return codecs.getincrementaldecoder(encoding)()
    except (LookupError, UnicodeError):
        raise RecordsRefused(f"{name} cannot be read: there is no encoding {encoding!r}; try utf-8") from None


def _line_ends(text: str) -> int:
    return max(text.count("\n"), text.count("\r"))
