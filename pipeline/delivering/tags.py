"""What stands beside the payload of a bag: certificate, document, proof, recalls, verifier."""

import json
from collections.abc import Iterator, Mapping

from audit.event import EventType, timestamp
from audit.export import key_files, verifier
from audit.note import sign_note
from audit.papers import OF_SETS
from audit.recipe import BAG_README
from catalogue import ledger as ledger_rows
from catalogue import recalls
from catalogue.restore_sets import StoredSet
from cleanzone.restore_set import document_key
from custody.box import Json
from custody.errors import LedgerError, RefusedError
from pipeline.restoring.certify import certificate_files
from pipeline.wiring import Runtime

RECALLS_TITLE = "autoclave recalls v1"


def tag_files(
    runtime: Runtime, stored: StoredSet, delivery_id: str
) -> Iterator[tuple[bytes, bytes]]:
    """Yield the tag files of a bag, each with its content.

    Raises:
        RefusedError: the set was never opened.
        StoreError: the audit store cannot be read.
    """
    if stored.certificate is None:
        raise RefusedError(f"set {stored.set_id} has no certificate", next_step="open it first")
    yield b"set.json", _read(runtime, document_key(stored.set_id))
    for ending, content in certificate_files(runtime, stored):
        yield f"certificate.{ending}".encode(), content
    yield b"recalls.note", _recalls(runtime).encode()
    for name, content in key_files(runtime.signer):
        yield name.encode(), content
    yield b"verify.py", verifier().encode()
    yield b"README.txt", BAG_README.encode()
    for number, event_id in enumerate(_events(runtime, stored, delivery_id)):
        entry, proof = runtime.ledger.prove(event_id)
        told = {"entry": entry.decode(), "proof": proof.encode()}
        yield f"ledger/{number:03d}.json".encode(), json.dumps(told, sort_keys=True).encode()


def check_opening(runtime: Runtime, stored: StoredSet) -> None:
    """Return when the published ledger proves that a set was opened as the catalogue says.

    Raises:
        LedgerError: it was not opened, or with another certificate or until another moment.
    """
    last = _events(runtime, stored, "")[-1]
    said: Mapping[str, Json] = {}
    if last:
        entry, _ = runtime.ledger.prove(last)
        said = json.loads(entry)["event"]["body"]
    ends = None if stored.countersign_by is None else timestamp(stored.countersign_by)
    if (said.get("certificate"), said.get("countersign_by")) != (stored.certificate, ends):
        raise LedgerError(
            f"the ledger does not say that set {stored.set_id} was opened so",
            next_step="run `autoclave audit verify --deep`: somebody changed what is stored",
        )


def _events(runtime: Runtime, stored: StoredSet, delivery_id: str) -> list[str]:
    """Return the events about a set that its bag proves: the last opening, and this delivery."""
    wanted = {EventType.RESTORE_SEALED.value, EventType.RESTORE_SIGNED.value}
    found: list[str] = []
    opened = ""
    with runtime.catalogue.read() as connection:
        for origin in ledger_rows.origins(connection):
            for entry in ledger_rows.entries(connection, origin):
                if stored.set_id.encode() not in entry.body:
                    continue
                event = json.loads(entry.body)["event"]
                if event["subject"].get("set") != stored.set_id:
                    continue
                if event["type"] in wanted or event["subject"].get("delivery") == delivery_id:
                    found.append(event["id"])
                elif event["type"] in OF_SETS:
                    opened = event["id"]
    return [*found, opened]


def _recalls(runtime: Runtime) -> str:
    """Return a signed list of everything that was recalled until now."""
    with runtime.catalogue.read() as connection:
        lines = [
            f"recall: {act.recall_id} {digest}"
            for act in recalls.all_acts(connection)
            for digest in sorted(recalls.contents_of(connection, act.recall_id))
        ]
    text = "".join(f"{line}\n" for line in (RECALLS_TITLE, *lines))
    return sign_note(text, runtime.signer)


def _read(runtime: Runtime, key: str) -> bytes:
    with runtime.audit.open(key) as stream:
        return stream.read()
