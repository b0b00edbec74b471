"""Measuring: runs the queries of `rapport.engine.facts` for one clock, all at once or only for what is new."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from rapport.engine import agreement as doc
from rapport.engine import facts
from rapport.engine.backend import Backend, quote_name, quote_text
from rapport.engine.document import digest_of
from rapport.engine.facts import ClockTables
from rapport.engine.store import KeyedParts, in_range

_OPEN, _CLOSED = "_stop IS NULL", "_stop IS NOT NULL"


@dataclass(frozen=True)
class Measuring:
    """One clock over the records of its source.

    Attributes:
        name: the name under which the facts are kept in the engine.
        pauses: the query for pauses, given the tables to read in place of whole sources.
        deadlines: makes the table of due times that measured records need, from the steps that measure them.
    """

    backend: Backend
    agreement: doc.Agreement
    name: str
    clock: doc.Clock
    tables: ClockTables
    as_of: int
    deadlines: Callable[[str], str | None]

    def run(self) -> None:
        """Measure every record."""
        self.backend.store(self.name, self._facts(self.tables.records, self.tables.pauses))

    def keep(self, folder: Path, definition: str, sources: Mapping[str, KeyedParts]) -> None:
        """Measure what `folder` does not hold yet: closed records that are new or have new pauses, and all open ones.

        `definition` is the digest of all that the facts rest on besides the records; `sources` are the parts of the
        clock's source and of the sources of its pauses.
        """
        closed = KeyedParts(self.backend, folder / f"{self.name}-{definition[:16]}", f"closed_{self.name}")
        wanted = {source: parts.ids for source, parts in sources.items()}
        held = closed.entries[-1]["sources"] if closed.entries else {}
        if any(wanted.get(source, [])[: len(ids)] != ids for source, ids in held.items()):
            closed.clear()
        if not closed.entries:
            ranges = sources[self.clock.source].ranges()
            # One after the other: each piece comes with its own table of due times.
            pieces = (self._facts(*self._within(in_range, keys), _CLOSED) for keys in ranges)
            closed.append(digest_of(wanted), pieces, None, sources=wanted)
        elif held != wanted:
            new = {source: sources[source].rows_of(ids[len(held[source]) :]) for source, ids in wanted.items()}
            touched = self._touched(new)
            piece = self._facts(*self._within(self._only, touched), _CLOSED)
            closed.append(digest_of(wanted), [piece], f"SELECT _key FROM {touched}", sources=wanted)
        closed.define()
        self._with_open(closed)

    def _with_open(self, closed: KeyedParts) -> None:
        """The facts are the closed records as they are kept, and the open ones as they stand at `as_of`."""
        keys = quote_name(f"open_keys_{self.name}")
        timed = facts.timed_query(self.clock, self.tables.records, self.tables.spans, self.as_of, ())
        self.backend.store(f"open_keys_{self.name}", f"SELECT _key FROM ({timed}) AS t WHERE {_OPEN}")
        self.backend.store(f"open_{self.name}", self._facts(*self._within(self._only, keys), _OPEN))
        places = [place.column for place in self.tables.places]
        names = ", ".join(map(quote_name, [*self._columns(), *facts.COLUMNS, *places]))
        tables = (quote_name(closed.name), quote_name(f"open_{self.name}"))
        self.backend.define(self.name, " UNION ALL ".join(f"SELECT {names} FROM {table}" for table in tables))

    def _touched(self, new: Mapping[str, str]) -> str:
        """The table of the keys of records that are new or have new pauses."""
        keys = [f"SELECT _key FROM ({new[self.clock.source]}) AS r"]
        tables = {source: f"({rows})" for source, rows in new.items()}
        pauses = facts.pauses_query(self.clock, self._timed_name(), self.as_of, self.agreement, tables)
        if pauses:
            keys.append(f"SELECT _key FROM ({pauses}) AS p")
        self.backend.store(f"touched_{self.name}", " UNION ".join(keys))
        return quote_name(f"touched_{self.name}")

    def _facts(self, records: str, pauses: str | None, condition: str = "TRUE") -> str:
        tables = replace(self.tables, records=records, pauses=pauses)
        timed = facts.timed_query(self.clock, records, tables.spans, self.as_of, self._columns())
        steps = facts.elapsed_steps(self.clock, tables, f"SELECT * FROM ({timed}) AS t WHERE {condition}")
        return steps + facts.judged_query(self.clock, tables, self.deadlines(steps))

    def _within(self, narrowed: Callable[..., str], to: object) -> tuple[str, str | None]:
        """Records and pauses narrowed to some keys."""
        pauses = self.tables.pauses
        return narrowed(self.tables.records, to), narrowed(pauses, to) if pauses else None

    def _only(self, table: str, keys: str) -> str:
        """A table's rows whose keys are in the table `keys`, as it may stand after FROM.

        The bounds say nothing new, but let the engine pass over files and row groups without such keys.
        """
        first, last = self.backend.rows(f"SELECT MIN(_key), MAX(_key) FROM {keys}")[0]
        bounds = "" if first is None else f"WHERE r._key BETWEEN {_literal(first)} AND {_literal(last)}"
        return f"(SELECT r.* FROM {table} AS r JOIN {keys} AS k ON k._key = r._key {bounds})"

    def _columns(self) -> list[str]:
        return list(self.agreement.sources[self.clock.source].columns)

    def _timed_name(self) -> str:
        return quote_name(f"timed_{self.name}")


def _literal(key: str | int) -> str:
    return quote_text(key) if isinstance(key, str) else str(key)
