"""Which contracts the operator declared for which paths; they travel with the run that they judge.

Globs may hold names: declarations lie with the words of a run's other globs, encrypted.
A contract's key holds the digest of its text: one that was corrected validates anew, and nothing
else does.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from custody.box import Json
from custody.digest import digest_of
from custody.errors import UsageError
from custody.records import base_of
from schemas.tabular.contract_file import CONTRACTS, parse_contract
from schemas.tabular.descriptor import standing_alone

# They lie in one small encrypted object for each host.
MOST_TEXT = 4 * 1024 * 1024
KEY_DIGITS = 12
BUILT_IN = re.compile(r"[a-z][a-z-]{0,60}", re.ASCII)
OPTION = "contracts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """A contract for the paths of a glob: its key, and its text as the operator wrote it."""

    glob: str
    key: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """The declarations of a run; the first that fits a path counts."""

    declarations: tuple[Declaration, ...] = ()

    @classmethod
    def of(cls, options: Mapping[str, Json]) -> "Declared":
        """Return what was declared, from the words of a run."""
        told = options.get(OPTION, ())
        return cls(declarations=tuple(Declaration(glob=g, key=k, text=t) for g, k, t in told))

    @property
    def options(self) -> dict[str, list[list[str]]]:
        """Return what a run remembers; nothing when nothing was declared."""
        if not self.declarations:
            return {}
        return {OPTION: [[d.glob, d.key, d.text] for d in self.declarations]}

    def key_for(self, path: bytes) -> str:
        """Return the key of the contract that was declared for a path; empty if none was."""
        text = path.decode("utf-8", "surrogateescape")
        return next((d.key for d in self.declarations if fnmatchcase(text, d.glob)), "")

    def text_of(self, key: str) -> str:
        """Return the text of a contract by its key; empty where the key names none."""
        return next((d.text for d in self.declarations if d.key == base_of(key)), "")


NOTHING_DECLARED = Declared()


def read_declarations(given: Sequence[str]) -> Declared:
    """Return what `--contract GLOB=FILE` declares.

    Raises:
        UsageError: one has no glob or file, the file is no contract, or all are too long.
    """
    declared = Declared(declarations=tuple(map(_declaration, given)))
    size = sum(len(d.text.encode()) for d in declared.declarations)
    if size > MOST_TEXT:
        raise UsageError(
            f"the declared contracts come to {size} bytes, and {MOST_TEXT} go with a run",
            next_step="leave out descriptions and sources, or recover the folders one by one",
        )
    return declared


def _declaration(given: str) -> Declaration:
    glob, equals, file = given.rpartition("=")
    if not equals or not glob or not file:
        raise UsageError(
            f"--contract {given} names no glob and file",
            next_step="write --contract 'exports/*.csv=contract.yaml'",
        )
    # A contract that comes with Autoclave may be called by its name.
    own = CONTRACTS / f"{file}.yaml"
    path = own if BUILT_IN.fullmatch(file) and own.is_file() else Path(file)
    try:
        text = path.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"contract {file} cannot be read", next_step="check it") from error
    contract = parse_contract(text, path.name)
    text = standing_alone(text, path.name)
    return Declaration(
        glob=glob, key=f"{contract.name}@{digest_of(text.encode())[:KEY_DIGITS]}", text=text
    )
