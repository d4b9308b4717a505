"""What runs inside the box to hold tables against each other: the keys of their rows, hashed.

A key leaves the box as 64 bits that depend on a secret of the run, so that nobody learns a
patient's number from it; rows without a value point at nothing, and are left out.
"""

import hashlib
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from custody.box import Emit, Json, RunProgram, Sample
from formats.csv_lines import read_blocks, read_heading
from formats.faults import FormatError
from formats.parquet.footer import MEDIA_TYPE as PARQUET
from formats.parquet.footer import read_footer
from schemas.detection import media_type_of
from schemas.parquet.writing import fits as fits_columns
from schemas.parquet.writing import written_rows
from schemas.registry import built_in_contracts
from schemas.tabular.block import LineReader
from schemas.tabular.contract import Contract
from schemas.tabular.contract_file import parse_contract
from schemas.tabular.keys import fields_of
from schemas.tabular.schema import fits
from schemas.tabular.values import parser
from schemas.tabular.written import as_written, write_lines

HASH_BYTES = 8
# An amount leaves as a number of millionths: exact, and the same whatever its column's decimals.
AMOUNT = struct.Struct("<q")
MILLIONTHS = Decimal(1_000_000)
UNREADABLE = b"?"
_BETWEEN = b"\x1f"


@dataclass(frozen=True, slots=True)
class ReadKeys:
    """The program: emits the keys of a table's rows, for each wanted set of columns."""

    built_in: tuple[Contract, ...]

    def __call__(self, sample: Sample, params: Mapping[str, Json], emit: Emit) -> Json:
        """Emit a stream of hashes for each set of columns, in the order of the rows."""
        content, contract = _as_lines(sample.view(), self._contract(params))
        heading = read_heading(content)
        if contract is None or (contract.dialect.heading and not fits(contract, heading)):
            return {"rows": -1}
        at = heading.size if contract.dialect.heading else 0
        wanted = [list(map(contract.place, names)) for names in params["columns"]]
        amounts = [_Amounts(contract, name) for name in params.get("amounts", [""] * len(wanted))]
        secret = bytes.fromhex(params["secret"])
        found = [bytearray() for _ in wanted]
        rows = 0
        for fields in _rows(contract, content, at):
            rows += 1
            for keys, places, amount in zip(found, wanted, amounts, strict=True):
                hashed = _hashed(contract, [fields[place] for place in places], secret)
                keys.extend(amount.beside(hashed, fields))
        for number, (whole, amount) in enumerate(zip(found, amounts, strict=True)):
            emit(str(number), bytes(whole) if amount.all_read else UNREADABLE)
        return {"rows": rows}

    def _contract(self, params: Mapping[str, Json]) -> Contract | None:
        if params["contract"]:
            return parse_contract(params["contract"], "the contract")
        return next((c for c in self.built_in if c.name == params["schema"]), None)


def _as_lines(content: memoryview, contract: Contract | None) -> tuple[memoryview, Contract | None]:
    """Return the rows of a Parquet file as lines, and their contract; other tables as they are.

    One that cannot be read, or is of other columns, has no contract here.
    """
    if contract is None or media_type_of(content) != PARQUET:
        return content, contract
    try:
        footer = read_footer(content)
        if not fits_columns(footer, contract):
            return content, None
        lines = write_lines(written_rows(content, footer, contract), contract)
    except FormatError:
        return content, None
    return (content, None) if lines is None else (lines, as_written(contract))


class _Amounts:
    """Puts the amount of one column beside the keys of its rows; without a column, nothing."""

    def __init__(self, contract: Contract, name: str) -> None:
        self._contract = contract
        self._place = contract.place(name) if name else -1
        self._parse = parser(contract.columns[self._place]) if name else None
        self.all_read = True

    def beside(self, hashed: bytes, fields: Sequence[bytes]) -> bytes:
        """Return a key with its amount; nothing where the row has none, or no key."""
        if self._parse is None or not hashed:
            return hashed
        text = fields[self._place].decode(self._contract.dialect.encoding, "replace").strip()
        if text in self._contract.missing:
            return b""
        parsed = self._parse(text)
        try:
            amount = parsed * MILLIONTHS if isinstance(parsed, Decimal) else None
            if amount is not None and amount == int(amount):
                return hashed + AMOUNT.pack(int(amount))
        except (struct.error, ArithmeticError):
            pass
        self.all_read = False
        return b""


def _rows(contract: Contract, content: memoryview, at: int) -> Iterator[tuple[bytes, ...]]:
    """Yield the fields of each line that has them all."""
    reader = LineReader(contract)
    for block in read_blocks(content, at):
        lines = reader.read(block)
        for number in lines.places.tolist():
            yield fields_of(lines, number)


def _hashed(contract: Contract, fields: Sequence[bytes], secret: bytes) -> bytes:
    """Return a row's key; nothing when one of its values stands for none."""
    texts = [value.decode(contract.dialect.encoding, "replace").strip() for value in fields]
    if any(text in contract.missing for text in texts):
        return b""
    whole = _BETWEEN.join(text.encode() for text in texts)
    return hashlib.blake2b(whole, digest_size=HASH_BYTES, key=secret).digest()


def prepare(params: Mapping[str, Json]) -> RunProgram:
    """Return the program with the contracts that come with Autoclave."""
    del params
    return ReadKeys(built_in_contracts())
