"""The official definitions in force: held against the record, and never silently missing."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from catalogue import known_sets
from catalogue.known_sets import KnownSet, SetKind
from custody.errors import RulesError
from pipeline.wiring import Runtime
from schemas.packs import is_whole


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionsInForce:
    """The packs that records are validated with, by name."""

    folders: tuple[Path, ...] = ()
    packs: tuple[KnownSet, ...] = ()

    @property
    def version(self) -> str:
        """What the profile holds of them: another pack judges every record anew."""
        return "".join(f" {pack.name}@{pack.digest}" for pack in self.packs)


def definitions_in_force(runtime: Runtime) -> DefinitionsInForce:
    """Return the definitions that the ledger says are in force.

    Raises:
        RulesError: a pack is missing in the home, or not what was added: what it would refuse
            would be accepted.
    """
    with runtime.catalogue.read() as connection:
        packs = known_sets.deployed(connection, SetKind.DEFINITIONS)
    return DefinitionsInForce(folders=tuple(_folders(runtime, packs)), packs=tuple(packs))


def _folders(runtime: Runtime, packs: Sequence[KnownSet]) -> list[Path]:
    folders = []
    for pack in packs:
        folder = runtime.home.definitions / pack.digest
        if not is_whole(folder, pack.digest):
            raise RulesError(
                f"the definitions {pack.name} in the home are not those that were added",
                next_step="add them again with `autoclave schemas add FOLDER-OR-ZIP`",
            )
        folders.append(folder)
    return folders
