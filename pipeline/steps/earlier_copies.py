"""Copies that were made under an earlier profile: walked once more, and not made again.

New rules come every day, and what they say of a document does not change its copy. What stands in
the clean zone so stays the same content, and a converter is not asked twice.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from catalogue import artefacts, expansions
from catalogue.expansions import Expansion
from custody.artefact import Derivation, Location
from custody.box import Box
from custody.digest import Digest
from pipeline.steps.copies import Way, variant_at
from pipeline.wiring import Runtime
from sanitizers.disarming.making import Original, is_still_proven


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """A copy and the report on it, as they lie in the vault, and their rows."""

    copy: Location
    report: Location
    rows: tuple[Expansion, Expansion]


def earlier_copies(runtime: Runtime, digests: Iterable[Digest]) -> dict[Way, Earlier]:
    """Return the newest copy of each original and variant that could be used at its time."""
    made: dict[tuple[Way, Digest], dict[Derivation, Expansion]] = {}
    with runtime.catalogue.read() as connection:
        for digest, profile, row in expansions.earlier_copies(connection, digests):
            way = digest, variant_at(row.ordinal)
            made.setdefault((way, profile), {})[row.how] = row
        derived = {row.derived for own in made.values() for row in own.values() if row.derived}
        located = artefacts.known(connection, derived)
    found: dict[Way, Earlier] = {}
    for (way, _), own in made.items():
        earlier = _earlier(own, located)
        if earlier is not None:
            found[way] = earlier
    return found


def _earlier(
    own: Mapping[Derivation, Expansion], located: Mapping[Digest, Location]
) -> Earlier | None:
    copy, report = own.get(Derivation.DISARMED), own.get(Derivation.REPORT)
    if copy is None or report is None or copy.outcome:
        return None
    if copy.derived is None or report.derived is None:
        return None
    at, told = located.get(copy.derived), located.get(report.derived)
    return Earlier(copy=at, report=told, rows=(copy, report)) if at and told else None


def type_if_proven(runtime: Runtime, box: Box, earlier: Earlier) -> str:
    """Return the type of a copy, if nothing active is found in it by now; empty if it is not.

    Raises:
        ObjectDamagedError: the copy or its report is damaged in the vault.
        StoreError: they cannot be read.
    """
    said = json.loads(runtime.vault.read(earlier.report))
    media_type = str(said["copy"]["media_type"])
    with runtime.vault.open_for_inspection(earlier.copy) as opened:
        copy = Original(content=opened.content, size=earlier.copy.size, media_type=media_type)
        return media_type if is_still_proven(box, copy) else ""
