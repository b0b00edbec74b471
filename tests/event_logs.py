"""The beginnings of logs of events, for tests that need real ones and not the whole."""

import gzip
from itertools import islice


def first_cases(log, folder, count=30):
    """The first cases of a packed log in XES, as a file of its own in a folder."""
    short = folder / log.name.removesuffix(".gz")
    if not short.exists():
        with gzip.open(log, "rt", encoding="utf-8-sig") as lines:
            text = "".join(islice(lines, 40_000))
        short.write_text("</trace>".join(text.split("</trace>")[:count]) + "</trace></log>", encoding="utf-8")
    return short
