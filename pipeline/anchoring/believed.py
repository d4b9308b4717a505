"""What an anchor says of our own checkpoint, if it is to be believed."""

from audit.anchors import TIMESTAMP, Said, said_of, size_of_anchor
from audit.evidence import BAD
from audit.tiles import read
from audit.timestamps import verified_stamp
from catalogue import ledger as rows
from custody.errors import SignatureError
from pipeline.anchoring.trusted import Trusted
from pipeline.wiring import Runtime


def believed(runtime: Runtime, name: str, known: Trusted) -> Said | None:
    """Return what an anchor says; None when it is not of our checkpoint: `verify` names it.

    A timestamp counts by the signature of an authority that the settings name: whoever can write
    in the store can write something that looks like one.

    Raises:
        StoreError: the audit store cannot be read.
    """
    try:
        with runtime.catalogue.read() as connection:
            stored = rows.checkpoint(connection, runtime.ledger.origin, size_of_anchor(name))
        content = read(runtime.audit, name)
        if stored is None or not stored.published or content is None:
            return None
        note = stored.note.encode()
        said = said_of(content, name, note, known.keys)
        if said.kind == TIMESTAMP:
            return said._replace(by=verified_stamp(content, note, known.roots))
    except (*BAD, SignatureError):
        return None
    return said
