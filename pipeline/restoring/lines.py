"""What a set holds, line by line: as it was sealed, and as its case still lets it come back."""

from audit import manifest
from audit.event import timestamp
from catalogue import cases, restore_sets
from catalogue.restore_sets import StoredSet
from custody.box import Json
from custody.errors import LedgerError, ObjectDamagedError, ObjectMissingError, RefusedError
from pipeline.restoring.sign import check_document
from pipeline.wiring import Runtime


def lines_of(runtime: Runtime, stored: StoredSet) -> list[dict[str, Json]]:
    """Return the lines of a set, which hold the contents that the catalogue says it holds.

    Raises:
        ObjectDamagedError: document, manifest and catalogue do not agree.
        LedgerError: the manifest is missing or damaged.
        RefusedError: the case's cut-off is before a snapshot in it by now.
    """
    check_document(runtime, stored)
    lines = manifest.decode(_read(runtime, stored))
    with runtime.catalogue.read() as connection:
        members = restore_sets.members(connection, stored.set_id)
        case = cases.get(connection, stored.case_id)
    # What is asked whether it was recalled or rejected are the members: none may be left out.
    if set(members) != {line["digest"] for line in lines}:
        raise ObjectDamagedError(
            f"the contents of set {stored.set_id} are not those that were sealed",
            next_step="run `autoclave audit verify --deep`: somebody changed what is stored",
        )
    cut_off = None if case is None else case.cut_off_at
    newest = max(line["snapshot"] for line in lines)
    if cut_off is not None and newest > timestamp(cut_off):
        raise RefusedError(
            f"the cut-off of case {stored.case_id} is before a snapshot in set {stored.set_id}",
            next_step="seal it anew",
        )
    return lines


def _read(runtime: Runtime, stored: StoredSet) -> list[bytes]:
    try:
        with runtime.audit.open(manifest.key_of(stored.manifest)) as stream:
            return manifest.read(stream.read(), stored.manifest)
    except ObjectMissingError as error:
        raise LedgerError(
            f"the manifest of set {stored.set_id} is missing",
            next_step="restore the audit store from its copy",
        ) from error
