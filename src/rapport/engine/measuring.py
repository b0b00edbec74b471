"""Measuring: runs the queries of `rapport.engine.facts` for one clock, all at once or only for what is new."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rapport.engine import agreement as doc
from rapport.engine import facts
from rapport.engine.backend import Backend, quote_name, quote_text
from rapport.engine.document import digest_of
from rapport.engine.facts import ClockTables
from rapport.engine.store import KeyedParts, in_range

_STOPPED = "_stop IS NOT NULL"
_NO_PAUSES = """(SELECT CAST(NULL AS VARCHAR) AS _key, CAST(NULL AS BIGINT) AS start, CAST(NULL AS BIGINT) AS until
                 WHERE FALSE)"""


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
        """Measure what `folder` does not hold yet: stopped records that are new or have new pauses, and all open ones.

        `definition` is the digest of all that the facts rest on besides the records; `sources` are the parts of the
        clock's source and of the sources of its pauses. Of stopped records the facts are kept. Open ones change with
        every `as_of`; they are kept as records with their pauses, so that nobody has to look for them again.
        """
        root = folder / f"{self.name}-{definition[:16]}"
        stopped, opened, pauses = kept = [
            KeyedParts(self.backend, root / part, f"{part}_{self.name}") for part in ("stopped", "open", "open_pauses")
        ]
        wanted = {source: parts.ids for source, parts in sources.items()}
        held = stopped.entries[-1]["sources"] if stopped.entries else {}
        is_interrupted = not stopped.ids == opened.ids == pauses.ids
        if is_interrupted or any(wanted.get(source, [])[: len(ids)] != ids for source, ids in held.items()):
            for parts in kept:
                parts.clear()
        if not stopped.entries or held != wanted:
            narrowed, touched = self._unmeasured(sources, held if stopped.entries else None)
            keys, part_id = f"SELECT _key FROM {touched}" if touched else None, digest_of(wanted)
            pauses.append(part_id, (self._open_pauses(*tables) for tables in narrowed), keys)
            opened.append(part_id, (self._open_records(records) for records, _ in narrowed), keys)
            # One after the other: each piece comes with its own table of due times.
            stopped.append(part_id, (self._facts(*tables, _STOPPED) for tables in narrowed), keys, sources=wanted)
        for parts in kept:
            parts.define()
        self.backend.store(f"measured_{self.name}", self._facts(quote_name(opened.name), quote_name(pauses.name)))
        places = [place.column for place in self.tables.places]
        names = ", ".join(map(quote_name, [*self._columns(), *facts.COLUMNS, *places]))
        tables = (quote_name(stopped.name), quote_name(f"measured_{self.name}"))
        self.backend.define(self.name, " UNION ALL ".join(f"SELECT {names} FROM {table}" for table in tables))

    def _unmeasured(
        self, sources: Mapping[str, KeyedParts], held: Mapping[str, Sequence[str]] | None
    ) -> tuple[list[tuple[str, str]], str | None]:
        """Records and their pauses that no kept part knows, in slices; and the table of their keys unless they are all.

        `held` are the parts of the sources that are measured already.
        """
        if held is None:
            return [self._within(in_range, keys) for keys in sources[self.clock.source].ranges()], None
        new = {source: parts.rows_of(parts.ids[len(held[source]) :]) for source, parts in sources.items()}
        touched = self._touched(new)
        return [self._within(self._only, touched)], touched

    def _open_records(self, records: str) -> str:
        """Records that have not stopped by `as_of`, as they are."""
        timed = facts.timed_query(self.clock, records, self.tables.spans, self.as_of, ())
        names = ", ".join(f"r.{quote_name(column)}" for column in [*self._columns(), "_key", "_row", "_file"])
        return f"""SELECT {names} FROM {records} AS r
                   LEFT JOIN (SELECT _key FROM ({timed}) AS t WHERE {_STOPPED}) AS s ON s._key = r._key
                   WHERE s._key IS NULL"""

    def _open_pauses(self, records: str, pauses: str) -> str:
        return f"SELECT p.* FROM {pauses} AS p JOIN ({self._open_records(records)}) AS o ON o._key = p._key"

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
        return steps + facts.judged_query(self.clock, tables, self.deadlines(steps), self._columns())

    def _within(self, narrowed: Callable[..., str], to: object) -> tuple[str, str]:
        """Records and pauses narrowed to some keys."""
        return narrowed(self.tables.records, to), narrowed(self.tables.pauses or _NO_PAUSES, to)

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
