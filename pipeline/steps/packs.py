"""Holds the rule packs in a home against those that the ledger says are in force."""

from collections import Counter
from collections.abc import Iterable

from catalogue import rule_packs
from custody.errors import RulesError
from pipeline.wiring import Runtime
from sanitizers.rules.pack import InstalledPack


def check_recorded(runtime: Runtime, installed: Iterable[InstalledPack]) -> None:
    """Refuse packs that differ from the record.

    Rules that are gone find nothing, and their silence would be taken for clean.

    Raises:
        RulesError: a pack is missing, another one, or was never put on the record.
    """
    with runtime.catalogue.read() as connection:
        recorded = Counter((pack.name, pack.digest) for pack in rule_packs.deployed(connection))
    found = Counter((pack.name, pack.digest) for pack in installed)
    for name, _ in sorted((recorded - found) + (found - recorded)):
        raise RulesError(
            f"rule pack {name} in the home is not the one that the ledger says is in force",
            next_step="install it again with `autoclave rules add FOLDER-OR-ZIP`",
        )
