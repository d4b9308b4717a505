"""Holds the tables of a source against each other when all of them are inspected.

A contract that an operator declared may say that a column names rows of another table (foreign
keys), or how many of them there are (totals). Both tables are read in the box once more, and only
keyed hashes leave it, with the amounts that make a sum; none of them is kept.
"""

import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
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
from schemas.judging import ORPHAN, TOTAL
from schemas.references import AMOUNT, HASH_BYTES, MILLIONTHS
from schemas.tabular.contract import ForeignKey, Total
from schemas.tabular.contract_file import parse_contract

# Beyond that the keys of a table do not fit into memory beside each other.
MOST_BYTES = 512 * 1024 * 1024
# Names of columns, and that of an amount beside them, if one is asked for.
Columns = tuple[tuple[str, ...], str]
Keys = Mapping[tuple[Key, Columns], bytes | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Child:
    """A table with a foreign key, or with a column that tells of the rows of another table."""

    table: Table
    rule: ForeignKey | Total

    @property
    def own(self) -> Columns:
        """What is read of the table itself."""
        told = self.rule.told if isinstance(self.rule, Total) else ""
        return self.rule.columns, told

    @property
    def other(self) -> Columns:
        """What is read of the tables that it speaks of."""
        added = self.rule.added if isinstance(self.rule, Total) else ""
        return self.rule.fields, added


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
        if not any(c.foreign_keys or c.totals for c in self._contracts.values()):
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
            rules: tuple[ForeignKey | Total, ...] = ()
            if contract is not None:
                rules = (*contract.foreign_keys, *contract.totals)
            for rule in rules:
                yield _Child(table=table, rule=rule)

    def _keys(
        self,
        tables: Sequence[Table],
        children: Sequence[_Child],
        located: dict[Digest, Location],
        pause: Callable[[], None],
    ) -> Keys:
        """Return the hashed keys of each table that takes part; None where it cannot be read."""
        wanted: defaultdict[Table, dict[Columns, None]] = defaultdict(dict)
        for child in children:
            wanted[child.table][child.own] = None
            for table in tables:
                if table.schema == child.rule.resource:
                    wanted[table][child.other] = None
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
                            "columns": [list(names) for names, _ in columns],
                            "amounts": [amount for _, amount in columns],
                            "secret": secret,
                        },
                        seconds=SECONDS + at.size / BYTES_A_SECOND,
                        produce_limit=MOST_BYTES,
                    )
                    reply = next(iter(box.run([job])))
                for number, names in enumerate(columns):
                    found[table.key, names] = _stream(reply, number, _unit(names))
        return found


def _unit(columns: Columns) -> int:
    """Return how many bytes a row takes."""
    return HASH_BYTES + (AMOUNT.size if columns[1] else 0)


def _stream(reply: Reply, number: int, unit: int) -> bytes | None:
    """Return one stream of hashes, checked; None when the table was not read."""
    if not isinstance(reply, Answer) or not isinstance(reply.untrusted_value, dict):
        return None
    rows = reply.untrusted_value.get("rows")
    if type(rows) is not int or rows < 0:
        return None
    streams = {made.untrusted_label: made.content for made in reply.produced}
    hashes = streams.get(str(number), b"")
    return hashes if not len(hashes) % unit and len(hashes) <= rows * unit else None


def _judged(child: _Child, tables: Sequence[Table], keys: Keys) -> Missing | None:
    """Return what is wrong with one rule of a table; None when it holds."""
    table, rule = child.table, child.rule
    code = TOTAL if isinstance(rule, Total) else ORPHAN
    said = partial(
        Missing, digest=table.digest, contract=table.contract, resource=rule.resource, code=code
    )
    others = [keys.get((t.key, child.other)) for t in tables if t.schema == rule.resource]
    own = keys.get((table.key, child.own))
    if not others:
        return said(reason="no such table in this source")
    if own is None or None in others:
        return said(reason="one of the tables could not be read for its keys")
    read = [other for other in others if other is not None]
    wrong = _orphans(own, read) if isinstance(rule, ForeignKey) else _lies(rule, own, read)
    return said(rows=len(own) // _unit(child.own), orphans=wrong) if wrong else None


def _orphans(own: bytes, others: Sequence[bytes]) -> int:
    """Return how many rows point at none of the other tables' rows."""
    known = {hashed for other in others for hashed in _hashes(other)}
    return sum(hashed not in known for hashed in _hashes(own))


def _lies(rule: Total, own: bytes, others: Sequence[bytes]) -> int:
    """Return how many rows tell another number, or another sum, than the other tables have."""
    found: defaultdict[bytes, int] = defaultdict(int)
    for other in others:
        if rule.added:
            for hashed, amount in _amounts(other):
                found[hashed] += amount
        else:
            for hashed in _hashes(other):
                found[hashed] += int(MILLIONTHS)
    return sum(found.get(hashed, 0) != told for hashed, told in _amounts(own))


def _hashes(stream: bytes) -> Iterator[bytes]:
    return (stream[at : at + HASH_BYTES] for at in range(0, len(stream), HASH_BYTES))


def _amounts(stream: bytes) -> Iterator[tuple[bytes, int]]:
    unit = HASH_BYTES + AMOUNT.size
    for at in range(0, len(stream), unit):
        (amount,) = AMOUNT.unpack_from(stream, at + HASH_BYTES)
        yield stream[at : at + HASH_BYTES], amount
