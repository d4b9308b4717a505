"""What runs inside the box to hold tables against each other: the keys of their rows, hashed.

A key leaves the box as 64 bits that depend on a secret of the run, so that nobody learns a
patient's number from it; rows without a value point at nothing, and are left out.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from custody.box import Emit, Json, RunProgram, Sample
from formats.csv_lines import read_blocks, read_heading
from schemas.registry import built_in_contracts
from schemas.tabular.block import LineReader
from schemas.tabular.contract import Contract
from schemas.tabular.contract_file import parse_contract
from schemas.tabular.keys import fields_of
from schemas.tabular.schema import fits

HASH_BYTES = 8
_BETWEEN = b"\x1f"


@dataclass(frozen=True, slots=True)
class ReadKeys:
    """The program: emits the keys of a table's rows, for each wanted set of columns."""

    built_in: tuple[Contract, ...]

    def __call__(self, sample: Sample, params: Mapping[str, Json], emit: Emit) -> Json:
        """Emit a stream of hashes for each set of columns, in the order of the rows."""
        content = sample.view()
        contract = self._contract(params)
        heading = read_heading(content)
        if contract is None or (contract.dialect.heading and not fits(contract, heading)):
            return {"rows": -1}
        at = heading.size if contract.dialect.heading else 0
        wanted = [list(map(contract.place, names)) for names in params["columns"]]
        secret = bytes.fromhex(params["secret"])
        found = [bytearray() for _ in wanted]
        rows = 0
        for fields in _rows(contract, content, at):
            rows += 1
            for keys, places in zip(found, wanted, strict=True):
                keys.extend(_hashed(contract, [fields[place] for place in places], secret))
        for number, whole in enumerate(found):
            emit(str(number), bytes(whole))
        return {"rows": rows}

    def _contract(self, params: Mapping[str, Json]) -> Contract | None:
        if params["contract"]:
            return parse_contract(params["contract"], "the contract")
        return next((c for c in self.built_in if c.name == params["schema"]), None)


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
