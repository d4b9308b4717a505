"""Withdraws what is recalled from the opened sets: a signed word stays where it was."""

from collections.abc import Iterable

from audit.note import sign_note
from catalogue import restore_sets
from cleanzone.recall import remove
from cleanzone.restore_set import opened_key, tombstone_key
from custody.digest import Digest, digest_of
from pipeline.wiring import Runtime
from storage.interface import Spooled

TITLE = "autoclave withdrawn v1"


def withdraw(runtime: Runtime, recall_id: str, digests: Iterable[Digest]) -> tuple[str, ...]:
    """Take contents out of every opened set, leave a signed word in their place; return the sets.

    Raises:
        StoreError: some may still be there; withdraw all of them again.
    """
    with runtime.catalogue.read() as connection:
        held = restore_sets.holding(connection, digests)
        named = {set_id for sets in held.values() for set_id in sets}
        opened = {s.set_id for s in restore_sets.all_sets(connection) if s.opened_at is not None}
    for digest, sets in sorted(held.items()):
        for set_id in sorted(opened.intersection(sets)):
            text = f"{TITLE}\nset: {set_id}\nartefact: {digest}\nrecall: {recall_id}\n"
            note = sign_note(text, runtime.signer).encode()
            runtime.clean.put(
                tombstone_key(set_id, digest),
                Spooled(digest=digest_of(note), size=len(note), content=note),
            )
            remove(runtime.recaller, [opened_key(set_id, digest)])
    return tuple(sorted(named))
