"""Which sources a command means: registered ones by their ids, or a place to register now."""

import hashlib
import os
from dataclasses import dataclass, replace
from datetime import datetime

from catalogue import sources
from custody.errors import UsageError
from custody.names import escape
from custody.source import ServiceGlob, Source, SourceKind
from pipeline.readers import reading
from pipeline.start import register
from pipeline.wiring import Runtime
from quarantine.buckets.place import BucketPlace, names_bucket
from quarantine.sftp.place import SftpPlace, names_sftp

DEFAULT_CASE = "default"
# Never guessed from a path: a folder's name could be a patient's.
UNKNOWN = "unknown"
ID_LENGTH = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What an operator says of a source; what is left out stays as registered, or unknown.

    `at` is the time as of which a bucket is read, where its place does not hold it.
    """

    case: str | None = None
    site: str | None = None
    host: str | None = None
    service: str | None = None
    snapshot_time: datetime | None = None
    at: datetime | None = None
    service_globs: tuple[ServiceGlob, ...] = ()
    volume: str | None = None
    decryptor: str | None = None
    wave: int | None = None


def source_id(case: str, host: str, location: bytes) -> str:
    """Return the short code of a place: the same each time, and it tells nothing."""
    parts = (case.encode(), host.encode(), location)
    code = hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts))
    return code.hexdigest()[:ID_LENGTH]


def absolute(path: str) -> bytes:
    """Return the place that a path on the command line means, links in it resolved."""
    return os.path.realpath(os.fsencode(os.path.expanduser(path)))  # noqa: PTH111  a path is bytes here


def describe(runtime: Runtime, path: str, told: Described, *, anew: bool = False) -> Source:
    """Return the source at a path as it is registered, with what is told of it now.

    `anew` takes the file system or bucket that stands there now; otherwise the registered one is
    kept, so that another one at the same place is noticed.

    Raises:
        UsageError: the path holds the home, or lies in it, or names no bucket or server.
        SourceError: there is no folder at the path, or nothing in it when it is taken anew.
    """
    kind, location, at = _located(runtime, path, told)
    case, host = told.case or DEFAULT_CASE, told.host or UNKNOWN
    with reading(runtime.settings, kind, location) as reader:
        if anew:
            # The identity of an empty mount point would stand for the image that is missing there.
            reader.check_not_empty()
        identity = reader.identity()
    with runtime.catalogue.read() as connection:
        known = sources.find(connection, location=location, case=case, host=host)
    found = known or Source(
        source_id=source_id(case, host, location),
        case=case,
        site=UNKNOWN,
        host=host,
        service=UNKNOWN,
        kind=kind,
        location=location,
        identity=identity,
        snapshot_time=at,
    )
    return replace(
        found,
        site=told.site or found.site,
        service=told.service or found.service,
        snapshot_time=told.snapshot_time or found.snapshot_time,
        service_globs=told.service_globs or found.service_globs,
        volume=told.volume or found.volume,
        decryptor=told.decryptor or found.decryptor,
        wave=told.wave or found.wave,
        identity=identity if anew else found.identity,
    )


def _located(
    runtime: Runtime, path: str, told: Described
) -> tuple[SourceKind, bytes, datetime | None]:
    """Return what a path names, and as of when it is read: the time of a snapshot in a bucket."""
    if names_sftp(path):
        _check_standing(told)
        return SourceKind.SFTP, SftpPlace.parse(os.fsencode(path)).encode(), None
    if not names_bucket(path):
        _check_standing(told)
        location = absolute(path)
        _check_apart(runtime, location)
        return SourceKind.DIRECTORY, location, None
    place = BucketPlace.parse(os.fsencode(path))
    if told.at is not None:
        if place.at is not None:
            raise UsageError("two times are told of one bucket", next_step="leave --at out")
        place = replace(place, at=told.at)
    if place.at is not None and place.at > runtime.clock():
        raise UsageError("that time has not come", next_step="name a time before now")
    if place.at is not None and told.snapshot_time not in {None, place.at}:
        raise UsageError(
            "a bucket as it stood at a time is dated by that time",
            next_step="leave --snapshot-time out",
        )
    return SourceKind.BUCKET, place.encode(), place.at


def _check_standing(told: Described) -> None:
    if told.at is not None:
        raise UsageError("only a bucket is read as of a time", next_step="leave --at out")


def _check_apart(runtime: Runtime, location: bytes) -> None:
    """Refuse a source that would take the quarantine in again, and grow while it is read."""
    home = os.path.realpath(os.fsencode(runtime.home.root))
    if os.path.commonpath((home, location)) in {home, location}:
        raise UsageError(
            "a source does not lie in the home, nor the home in it",
            next_step="choose a home elsewhere with --home",
        )


def chosen(
    runtime: Runtime, wanted: list[str], told: Described, *, remember: bool = True
) -> tuple[Source, ...]:
    """Return the sources that arguments name, or all registered ones when there are none.

    A path that is not registered yet is registered now, on the record, if it is to be remembered.

    Raises:
        UsageError: nothing is registered, or an argument is neither an id nor a path.
        SourceError: there is no folder at a path.
    """
    if not wanted:
        _check_no_time(told)
        return _registered(runtime, told)
    found = {s.source_id: s for s in (_one(runtime, each, told, remember) for each in wanted)}
    return tuple(found.values())


def _registered(runtime: Runtime, told: Described) -> tuple[Source, ...]:
    with runtime.catalogue.read() as connection:
        known = sources.all_sources(connection)
    found = tuple(source for source in known if _fits(source, told))
    if not found:
        what = "no source of this description" if known else "no source"
        raise UsageError(
            f"{what} is registered",
            next_step="name a folder: `autoclave recover PATH`, or see `autoclave source list`",
        )
    return found


def _fits(source: Source, told: Described) -> bool:
    pairs = (
        (told.case, source.case),
        (told.site, source.site),
        (told.host, source.host),
        (told.service, source.service),
    )
    return all(wanted in {None, own} for wanted, own in pairs)


def _one(runtime: Runtime, wanted: str, told: Described, remember: bool) -> Source:  # noqa: FBT001  private
    with runtime.catalogue.read() as connection:
        # An id is text; a path of a hostile disk need not be.
        known = sources.get(connection, wanted) if wanted.isprintable() else None
    if known is not None:
        _check_no_time(told)
        return known
    is_remote = names_bucket(wanted) or names_sftp(wanted)
    is_place = is_remote or os.path.isdir(absolute(wanted))  # noqa: PTH112  a path is bytes here
    if not is_place:
        shown = escape(os.fsencode(wanted))
        raise UsageError(
            f"{shown} is neither a registered source nor a folder, a bucket or a server",
            next_step="see `autoclave source list`, or check that the image is mounted",
        )
    source = describe(runtime, wanted, told)
    if remember:
        _remember(runtime, source)
    return source


def _check_no_time(told: Described) -> None:
    if told.at is not None:
        raise UsageError(
            "the time as of which a registered source is read is in its place",
            next_step="name the bucket with --at: `autoclave recover s3://BUCKET/PREFIX --at TIME`",
        )


def _remember(runtime: Runtime, source: Source) -> None:
    with runtime.catalogue.read() as connection:
        registered = sources.get(connection, source.source_id)
    if registered != source:
        register(runtime, source)
