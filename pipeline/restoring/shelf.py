"""Opened sets in the clean zone: filled for hospital systems to read."""

from collections.abc import Iterable, Iterator, Mapping

from catalogue import artefacts, promotions, restore_sets
from catalogue.promotions import Promotion
from catalogue.restore_sets import StoredSet
from cleanzone.recall import remove
from cleanzone.restore_set import document_key, opened_folder, opened_key
from custody.artefact import Location
from custody.digest import Digest, digest_of
from pipeline.restoring.certify import certificate_files
from pipeline.wiring import Runtime
from storage.interface import Spooled
from storage.verified import VerifiedStore

CHUNK = 1 << 20
AT_ONCE = 64


def fill(runtime: Runtime, stored: StoredSet, withdrawn: Iterable[Digest]) -> int:
    """Put what an opened set holds where consumers read it, and return how many were put.

    What is there already is left; a fill that was cut short goes on.

    Raises:
        ObjectDamagedError: bytes of the clean zone are not the artefact.
        StoreError: the clean zone cannot be written.
    """
    folder = opened_folder(stored.set_id)
    there = {version.key for version in runtime.clean.versions(folder)}
    gone = set(withdrawn)
    with runtime.catalogue.read() as connection:
        members = restore_sets.members(connection, stored.set_id)
        standing = promotions.known(connection, members)
        located = artefacts.known(connection, members)
    wanted = [
        d
        for d in members
        if d in standing and d not in gone and opened_key(stored.set_id, d) not in there
    ]
    for start in range(0, len(wanted), AT_ONCE):
        some = wanted[start : start + AT_ONCE]
        _put(runtime, stored.set_id, some, standing, located)
        _take_back(runtime, stored.set_id, some)
    pages = [(k, c) for k, c in _pages(runtime, stored) if k not in there]
    runtime.clean.put_all([(key, _spooled(content)) for key, content in pages])
    return len(wanted)


def _put(
    runtime: Runtime,
    set_id: str,
    digests: list[Digest],
    standing: Mapping[Digest, Promotion],
    located: Mapping[Digest, Location],
) -> None:
    read = VerifiedStore(runtime.clean)
    copies: list[Spooled] = []
    try:
        for digest in digests:
            at = standing[digest]
            file = runtime.spool.file()
            with read.open(at.key, at.version, 0, located[digest].size, digest) as stream:
                while chunk := stream.read(CHUNK):
                    file.write(chunk)
            copies.append(file.finish())
        runtime.clean.put_all([(opened_key(set_id, c.digest), c) for c in copies])
    finally:
        for copy in copies:
            runtime.spool.discard(copy)


def _take_back(runtime: Runtime, set_id: str, put: list[Digest]) -> None:
    """Remove what was recalled while it was put: the recall may have looked before it was there."""
    with runtime.catalogue.read() as connection:
        standing = promotions.known(connection, put)
    recalled = [opened_key(set_id, digest) for digest in put if digest not in standing]
    if recalled:
        remove(runtime.recaller, recalled)


def _pages(runtime: Runtime, stored: StoredSet) -> Iterator[tuple[str, bytes]]:
    """Yield what a consumer reads beside the contents: the document and the certificate."""
    folder = opened_folder(stored.set_id)
    with runtime.audit.open(document_key(stored.set_id)) as stream:
        yield f"{folder}set.json", stream.read()
    for ending, content in certificate_files(runtime, stored):
        yield f"{folder}certificate-{(stored.certificate or '')[:16]}.{ending}", content


def _spooled(content: bytes) -> Spooled:
    return Spooled(digest=digest_of(content), size=len(content), content=content)
