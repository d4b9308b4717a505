"""Holds the tables of a source against each other when all of them are inspected.

A contract that an operator declared may say that a column names rows of another table (foreign
keys). Both tables are read in the box once more, and only keyed hashes leave it.
"""

import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from catalogue import artefacts, records
from catalogue.records import Key, Table
from custody.artefact import Location
from custody.box import Answer, Job, Reply
from custody.digest import Digest
from custody.records import base_of
from pipeline.steps.declared import Declared
from pipeline.steps.extracts import BYTES_A_SECOND, KEYS_NAME, SECONDS
from pipeline.steps.instruments import Instruments
from pipeline.steps.missing import Missing
from pipeline.wiring import Runtime
from schemas.references import HASH_BYTES
from schemas.tabular.contract import ForeignKey
from schemas.tabular.contract_file import parse_contract

# Beyond that the keys of a table do not fit into memory beside each other.
MOST_BYTES = 512 * 1024 * 1024
Columns = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Child:
    """A table with a foreign key."""

    table: Table
    key: ForeignKey


class References:
    """Finds the rows of an inventory's tables that point at nothing."""

    def __init__(self, runtime: Runtime, instruments: Instruments, declared: Declared) -> None:
        self._runtime = runtime
        self._with = instruments
        self._declared = declared
        self._contracts = {d.key: parse_contract(d.text, d.key) for d in declared.declarations}

    def find(self, inventory_id: int, pause: Callable[[], None]) -> tuple[Missing, ...]:
        """Return the tables whose foreign keys do not hold, or cannot be proven to.

        Raises:
            StoreError: the vault cannot be read.
        """
        if not any(contract.foreign_keys for contract in self._contracts.values()):
            return ()
        with self._runtime.catalogue.read() as connection:
            tables = records.tables_of(connection, inventory_id, self._with.profile)
            located = artefacts.known(connection, {table.digest for table in tables})
        children = list(self._children(tables))
        if not children:
            return ()
        keys = self._keys(tables, children, located, pause)
        return tuple(found for child in children if (found := _judged(child, tables, keys)))

    def _children(self, tables: Sequence[Table]) -> Iterator[_Child]:
        for table in tables:
            contract = self._contracts.get(base_of(table.contract))
            for key in contract.foreign_keys if contract else ():
                yield _Child(table=table, key=key)

    def _keys(
        self,
        tables: Sequence[Table],
        children: Sequence[_Child],
        located: dict[Digest, Location],
        pause: Callable[[], None],
    ) -> dict[tuple[Key, Columns], bytes | None]:
        """Return the hashed keys of each table that takes part; None where it cannot be read."""
        wanted: defaultdict[Table, dict[Columns, None]] = defaultdict(dict)
        for child in children:
            wanted[child.table][child.key.columns] = None
            for table in tables:
                if table.schema == child.key.resource:
                    wanted[table][child.key.fields] = None
        secret = os.urandom(16).hex()
        found: dict[tuple[Key, Columns], bytes | None] = {}
        with self._with.box.session() as box:
            for table, columns in wanted.items():
                pause()
                at = located[table.digest]
                with self._runtime.vault.open_for_inspection(at) as opened:
                    job = Job(
                        program=KEYS_NAME,
                        content=opened.content,
                        params={
                            "contract": self._declared.text_of(table.contract),
                            "schema": table.schema,
                            "columns": [list(names) for names in columns],
                            "secret": secret,
                        },
                        seconds=SECONDS + at.size / BYTES_A_SECOND,
                        produce_limit=MOST_BYTES,
                    )
                    reply = next(iter(box.run([job])))
                for number, names in enumerate(columns):
                    found[table.key, names] = _stream(reply, number)
        return found


def _stream(reply: Reply, number: int) -> bytes | None:
    """Return one stream of hashes, checked; None when the table was not read."""
    if not isinstance(reply, Answer) or not isinstance(reply.untrusted_value, dict):
        return None
    rows = reply.untrusted_value.get("rows")
    if type(rows) is not int or rows < 0:
        return None
    streams = {made.untrusted_label: made.content for made in reply.produced}
    hashes = streams.get(str(number), b"")
    return hashes if not len(hashes) % HASH_BYTES and len(hashes) <= rows * HASH_BYTES else None


def _judged(
    child: _Child,
    tables: Sequence[Table],
    keys: dict[tuple[Key, Columns], bytes | None],
) -> Missing | None:
    """Return what is wrong with one foreign key of a table; None when it holds."""
    table, resource = child.table, child.key.resource
    said = partial(Missing, digest=table.digest, contract=table.contract, resource=resource)
    parents = [
        keys.get((other.key, child.key.fields)) for other in tables if other.schema == resource
    ]
    own = keys.get((table.key, child.key.columns))
    if not parents:
        return said(reason="no such table in this source")
    if own is None or None in parents:
        return said(reason="one of the tables could not be read for its keys")
    known = {hashed for parent in parents if parent for hashed in _hashes(parent)}
    orphans = sum(hashed not in known for hashed in _hashes(own))
    if not orphans:
        return None
    return said(rows=len(own) // HASH_BYTES, orphans=orphans)


def _hashes(stream: bytes) -> Iterator[bytes]:
    return (stream[at : at + HASH_BYTES] for at in range(0, len(stream), HASH_BYTES))
