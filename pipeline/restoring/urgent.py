"""Urgent care opens on one signature once: sealing anew does not make a second day of it."""

from datetime import datetime

import sqlalchemy as sa

from catalogue import restore_sets
from catalogue.restore_sets import StoredSet
from custody.errors import SignatureError
from pipeline.deciding.set_signatures import counting


def check_urgent(connection: sa.Connection, stored: StoredSet, now: datetime) -> None:
    """Refuse to open a set on the word of who opened so before and was not countersigned.

    While that day lasts the same person opens other contents, and none after it. The signature of
    anybody else is a second person's, and opens.

    Raises:
        SignatureError: this is so of everyone whose signature under the set counts, or one that is
            stored is not genuine.
    """
    by: dict[str, str] = {}
    for before in restore_sets.not_countersigned(connection):
        if before.set_id == stored.set_id or before.countersign_by is None:
            continue
        over = now >= before.countersign_by
        if over or restore_sets.share_contents(connection, before.set_id, stored.set_id):
            signed = restore_sets.signatures(connection, before.set_id)
            by.update((each.person, before.set_id) for each in signed)
    signers = [each.person for each in counting(connection, stored)]
    if signers and all(name in by for name in signers):
        raise SignatureError(
            f"{signers[0]} opened set {by[signers[0]]} for urgent care, and nobody countersigned",
            next_step=f"another person signs either: `autoclave restore sign {by[signers[0]]}`",
        )
