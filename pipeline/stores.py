"""The stores of a home, and how they lie in its folders."""

from collections.abc import Callable
from dataclasses import dataclass

from pipeline.home import Home
from storage.filesystem import FilesystemStore
from storage.interface import Appendable, ObjectStore, Readable


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """Quarantine, clean zone, audit and names.

    `outgoing` is quarantine as the promoter sees it, `again` as the re-scanner does.
    `recaller` is the clean zone of who may remove from it.
    `audited` returns quarantine as the auditor sees it, with nothing kept from earlier reads.
    `swept` are those in which a dead process of this machine may have left unfinished objects.
    """

    quarantine: Appendable
    outgoing: Appendable
    again: Appendable
    audited: Callable[[], Readable]
    clean: Appendable
    audit: Appendable
    names: ObjectStore
    recaller: ObjectStore
    swept: tuple[FilesystemStore, ...] = ()


def open_folders(home: Home) -> Stores:
    """Return the stores of an embedded home.

    Raises:
        StoreError: a folder cannot be made.
    """
    quarantine, clean, audit, names = (
        FilesystemStore(folder) for folder in (home.vault, home.clean, home.audit, home.names)
    )
    return Stores(
        quarantine=quarantine,
        outgoing=quarantine,
        again=quarantine,
        audited=lambda: quarantine,
        clean=clean,
        audit=audit,
        names=names,
        recaller=clean,
        swept=(quarantine, clean, audit, names),
    )
