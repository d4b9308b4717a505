"""What the operator's globs leave out or declare: run and ledger hold a commitment, not the words.

A glob may hold a name. Its words lie encrypted beside the names of each host that the run is over,
with the salt of the commitment; they go when a name of that host is erased, and then nobody can
confirm a guess. Every entry that was left out is in the manifests all the same, as excluded.
"""

import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from catalogue.names import SealedObject
from custody import naming
from custody.errors import ObjectDamagedError, ObjectMissingError, RefusedError
from custody.source import Source
from pipeline.names import NamesBook, sealed_json, sealed_of
from pipeline.steps.declared import NOTHING_DECLARED, Declared
from pipeline.steps.inventory import Selection
from pipeline.wiring import Runtime

FOLDER = "selections"
_NOTHING = Selection()


def write_selection(
    runtime: Runtime, run_id: str, sources: Iterable[Source], selection: Selection
) -> dict[str, Any]:
    """Store the words of a run's globs for each of its hosts; return what the run says of them."""
    if selection == _NOTHING:
        return {}
    salt = os.urandom(naming.SALT_BYTES)
    globs = {"only": selection.only, "exclude": selection.exclude}
    words = json.dumps({**globs, **selection.declared.options})
    stored = []
    for case, host in sorted({(source.case, source.host) for source in sources}):
        keys = runtime.keys.naming(case, host)
        key = f"{FOLDER}/{keys.key_id}/{run_id}"
        stored.append(runtime.names.write_details(key, keys, [salt.hex(), words]))
    commitment = naming.commitment(salt, words.encode())
    return {"selection": commitment, "words": [sealed_json(each) for each in stored]}


def words_of(options: Mapping[str, Any]) -> list[SealedObject]:
    """Return where the words of a run's globs were stored."""
    return [sealed_of(part) for part in options.get("words", ())]


def read_selection(runtime: Runtime, options: Mapping[str, Any]) -> Selection | None:
    """Return the globs that a run was begun with; None when their words were erased or changed."""
    if not options:
        return _NOTHING
    for sealed in words_of(options):
        with suppress(ObjectMissingError, ObjectDamagedError, RefusedError):
            salt, words = runtime.names.read_details(sealed)
            if naming.commitment(bytes.fromhex(salt), words.encode()) == options["selection"]:
                return _selection(json.loads(words))
    return None


def _selection(told: Mapping[str, Any]) -> Selection:
    return Selection(
        only=tuple(told["only"]), exclude=tuple(told["exclude"]), declared=Declared.of(told)
    )


def declared_of(runtime: Runtime, options: Mapping[str, Any]) -> Declared:
    """Return the contracts that a run was begun with.

    When their words were erased nothing is declared anew: an entry keeps the key of its contract,
    and is never judged by another.
    """
    selection = read_selection(runtime, options)
    return selection.declared if selection else NOTHING_DECLARED


def forget_selections(book: NamesBook, key_id: str) -> int:
    """Remove the words of every run over a host: one of them may be the name that is erased."""
    found = list(book.store.versions(f"{FOLDER}/{key_id}/"))
    for version in found:
        book.store.delete(version.key, version.version)
    return len(found)
