"""Opens registered sources for reading: the one place that knows which kind is read by what."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager

from custody.errors import SourceChangedError, SourceError
from custody.source import Source, SourceKind
from pipeline.settings import Settings
from pipeline.source_sftp import open_sftp
from quarantine.directory import DirectorySource
from quarantine.interface import SourceReader


@contextmanager
def reading(settings: Settings, kind: SourceKind, location: bytes) -> Iterator[SourceReader]:
    """Open a place for reading, whatever stands there.

    Raises:
        SourceError: nothing stands there, or it cannot be read.
    """
    with closing(_reader(settings, kind, location)) as reader:
        yield reader


@contextmanager
def reading_registered(settings: Settings, source: Source) -> Iterator[SourceReader]:
    """Open a source for reading, if what stands at its place is what was registered.

    Raises:
        SourceChangedError: its identity is not the registered one.
        SourceError: nothing stands there, or it cannot be read.
    """
    with reading(settings, source.kind, source.location) as reader:
        check_identity(source, reader)
        yield reader


def open_sources(
    opened: ExitStack, settings: Settings, sources: Sequence[Source]
) -> list[SourceReader]:
    """Open sources for reading, in their order.

    Raises:
        SourceError: one is empty, changed or cannot be read; it is named.
    """
    return [_open(opened, settings, source) for source in sources]


def _open(opened: ExitStack, settings: Settings, source: Source) -> SourceReader:
    try:
        # A mount point without its image is another file system before it is an empty one.
        reader = opened.enter_context(reading_registered(settings, source))
        reader.check_not_empty()
    except SourceChangedError:
        raise  # it names the source already
    except SourceError as error:
        # Of many sources the one that is not mounted has to be told.
        reason = f"source {source.source_id} of {source.host}: {error.reason}"
        raise type(error)(reason, next_step=error.next_step) from error
    return reader


def _reader(settings: Settings, kind: SourceKind, location: bytes) -> SourceReader:
    match kind:
        case SourceKind.DIRECTORY:
            return DirectorySource(location)
        case SourceKind.BUCKET:
            from pipeline.source_buckets import open_bucket  # noqa: PLC0415  only it pays for the SDK

            return open_bucket(settings, location)
        case SourceKind.SFTP:
            return open_sftp(settings, location)


def check_identity(source: Source, reader: SourceReader) -> None:
    """Refuse a source whose place holds something else than what was registered.

    Raises:
        SourceChangedError: its identity is not the registered one.
    """
    found = reader.identity()
    if found != source.identity:
        raise SourceChangedError(
            f"source {source.source_id} was registered as {source.identity}, and is {found} now",
            next_step="mount the right image, put the right bucket or server back, or register this"
            " one with `autoclave source add`",
        )
