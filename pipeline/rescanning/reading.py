"""Reads contents for the changed rules: the vault's segments in sequence, each content hashed."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace

from custody.artefact import Location
from custody.box import Box, Content, Failure, FailureCode
from custody.digest import Digest, digest_of
from custody.errors import ObjectDamagedError, SandboxError
from pipeline.wiring import Runtime
from sanitizers.rescanning import Piece, Said, answers_of, job_of
from storage.faults import store_faults

MOST_JOB = 4 << 20
MOST_PIECES = 512
CHUNK = 1 << 20
Wanted = Mapping[Digest, Piece]
Batch = list[tuple[Location, Piece]]


def look(
    runtime: Runtime,
    box: Box,
    located: Iterable[Location],
    wanted: Wanted,
    pause: Callable[[], None],
) -> dict[Digest, Said]:
    """Return what the changed rules say of some contents; `wanted` tells the type and the names.

    Raises:
        ObjectDamagedError: bytes in the vault are not the artefact's.
        SandboxError: the box failed; nothing is said of the content.
        CanaryMissedError: a process calls itself blind; this attempt is void.
    """
    said: dict[Digest, Said] = {}
    for batch in _batches(located, wanted):
        pause()
        said |= _look(runtime, box, batch)
    return said


def _look(runtime: Runtime, box: Box, batch: Batch) -> dict[Digest, Said]:
    with ExitStack() as opened:
        content = _content(runtime, batch, opened)
        pieces = [piece for _, piece in batch]
        [reply] = box.run([job_of(content, pieces)])
        answers = answers_of(reply, pieces)
    if not isinstance(answers, Failure):
        return {at.digest: said for (at, _), said in zip(batch, answers, strict=True)}
    if len(batch) > 1:
        # Only the guilty one stays unjudged.
        alone = [_look(runtime, box, [(at, replace(p, offset=0))]) for at, p in batch]
        return {digest: said for each in alone for digest, said in each.items()}
    if answers.code is FailureCode.MACHINE:
        raise SandboxError("the box failed", next_step="run the same command again")
    return {batch[0][0].digest: Said(reason=answers.code.value)}


def _content(runtime: Runtime, batch: Batch, opened: ExitStack) -> Content:
    """Return the bytes of a batch, proven: a damaged promoted artefact must not pass as clean."""
    first, last = batch[0][0], batch[-1][0]
    if len(batch) == 1 and first.size > MOST_JOB:
        with runtime.vault.open(first) as stream:
            while stream.read(CHUNK):
                pass
        return opened.enter_context(runtime.vault.open_for_inspection(first)).content
    length = last.offset + last.size - first.offset
    store = runtime.vault.store
    with (
        store.open(first.key, first.version, offset=first.offset, length=length) as stream,
        store_faults("read an object"),
    ):
        content = stream.read()
    for at, piece in batch:
        if digest_of(content[piece.offset : piece.offset + at.size]) != at.digest:
            raise ObjectDamagedError(
                f"the stored bytes of {at.digest} are damaged",
                next_step="run `autoclave audit verify --deep`, then recover the source again",
            )
    return content


def _batches(located: Iterable[Location], wanted: Wanted) -> Iterator[Batch]:
    batch: Batch = []
    for at in sorted(located, key=lambda at: (at.key, at.version, at.offset)):
        if batch and not _fits(batch, at):
            yield batch
            batch = []
        offset = at.offset - (batch[0][0].offset if batch else at.offset)
        batch.append((at, replace(wanted[at.digest], offset=offset, size=at.size)))
    if batch:
        yield batch


def _fits(batch: Sequence[tuple[Location, Piece]], at: Location) -> bool:
    first = batch[0][0]
    same = (first.key, first.version) == (at.key, at.version)
    return same and len(batch) < MOST_PIECES and at.offset + at.size - first.offset <= MOST_JOB
