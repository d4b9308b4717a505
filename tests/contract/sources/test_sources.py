"""What every kind of source promises to intake, run over all of them."""

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from moto import mock_aws

from custody.digest import digest_of
from custody.entry import NotTakenReason
from custody.errors import SourceEmptyError
from quarantine.buckets.place import BucketPlace
from quarantine.buckets.source import BucketSource
from quarantine.directory import DirectorySource
from quarantine.intake import NotTaken, Taken, take
from quarantine.interface import SourceReader
from storage.s3.client import Credentials, Endpoint, connect
from storage.s3.foreign import ForeignBucket
from storage.segments import MOST_BLOB, SegmentWriter
from storage.spool import Spool
from tests.corpus.sftp_servers import ROOT, TIME, MemoryServer, Node
from tests.corpus.taking import nothing_known

BUCKET = "shares"
FILES = {
    b"a letter.txt": b"Dear colleague",
    b"empty": b"",
    b"folder/\xc3\xa9\n\xe2\x80\xae.txt": b"Dear other colleague",
    b"folder/large": os.urandom(3 * MOST_BLOB + 7),
    b"z": b"z" * MOST_BLOB,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A place that holds files, as whoever owns it sees it."""

    put: Callable[[bytes, bytes], object]
    remove: Callable[[bytes], object]
    reader: Callable[[], SourceReader]


def folder_site(folder: Path, reader: Callable[[], SourceReader]) -> Site:
    """Return a site whose files lie in a folder of this machine."""

    def put(path: bytes, content: bytes) -> None:
        place = folder / os.fsdecode(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)

    return Site(put=put, remove=lambda p: (folder / os.fsdecode(p)).unlink(), reader=reader)


def memory_site() -> Site:
    """Return a site on a server in memory."""
    server = MemoryServer()
    times = iter(range(TIME, TIME + 1000))

    def put(path: bytes, content: bytes) -> None:
        server.put(path, Node(content=content, mtime=next(times)))

    return Site(put=put, remove=lambda p: server.nodes.pop(ROOT + b"/" + p), reader=server.source)


def bucket_site() -> Site:
    """Return a site in a bucket of a simulated server."""
    aws = Endpoint(url="https://s3.amazonaws.com", region="us-east-1")
    client = connect(aws, Credentials(access_key="a", secret_key="b"))
    client.create_bucket(Bucket=BUCKET)
    place = BucketPlace(bucket=BUCKET)
    return Site(
        put=lambda p, c: client.put_object(Bucket=BUCKET, Key=p.decode(), Body=c),
        remove=lambda p: client.delete_object(Bucket=BUCKET, Key=p.decode()),
        reader=lambda: BucketSource(ForeignBucket(client, BUCKET), place, "s3", lambda _: None),
    )


@pytest.fixture(params=["directory", "bucket", "sftp in memory", "sftp of OpenSSH"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """Return each kind of site in turn, empty."""
    match request.param:
        case "directory":
            yield folder_site(tmp_path, lambda: DirectorySource(tmp_path))
        case "bucket":
            with mock_aws():
                yield bucket_site()
        case "sftp in memory":
            yield memory_site()
        case _:
            server = request.getfixturevalue("ssh")
            yield folder_site(server.files, server.source)


@pytest.fixture
def full(site: Site) -> Site:
    """Return a site with files in it."""
    for path, content in FILES.items():
        site.put(path, content)
    return site


def results(reader: SourceReader, tmp_path: Path, entries) -> list[Taken | NotTaken]:
    """Take entries as a shard does."""
    with Spool(tmp_path / "spool", 1 << 30) as spool:
        return list(take(reader, entries, SegmentWriter(spool), spool, nothing_known))


def test_everything_is_listed_in_the_same_order_each_time(full: Site) -> None:
    """Names are bytes; sizes are known before anything is read."""
    with closing(full.reader()) as reader:
        once, again = list(reader.walk()), list(reader.walk())

    assert [entry.path for entry in once] == [entry.path for entry in again]
    assert {p: len(c) for p, c in FILES.items()} == {e.path: e.size for e in once}
    assert len(once) == len(FILES)


def test_everything_is_taken_as_it_stands(full: Site, tmp_path_factory) -> None:
    """Small and large, empty ones too."""
    with closing(full.reader()) as reader:
        entries = list(reader.walk())
        found = results(reader, tmp_path_factory.mktemp("taken"), entries)

    expected = {path: digest_of(content) for path, content in FILES.items()}
    assert expected == {r.entry.path: r.digest for r in found if isinstance(r, Taken)}
    assert entries == [result.entry for result in found]


def test_a_file_is_read_from_any_position_and_ends(full: Site) -> None:
    """Nothing is read at its end, and twice gives the same."""
    with closing(full.reader()) as reader:
        (entry,) = [e for e in reader.walk() if e.path == b"folder/large"]
        with closing(reader.open(entry)) as file:
            parts = [file.read(5, position) for position in (70_000, 3, 3, entry.size - 5)]
            end = file.read(10, entry.size)
            buffer = bytearray(10)
            count = file.read_into(memoryview(buffer), 100)

    content = FILES[b"folder/large"]
    assert [content[p : p + 5] for p in (70_000, 3, 3, entry.size - 5)] == parts
    assert (b"", content[100 : 100 + count]) == (end, bytes(buffer[:count]))


def test_a_source_is_the_same_one_when_it_is_opened_again(full: Site) -> None:
    """Its identity is what a registered source is known by."""
    with closing(full.reader()) as one, closing(full.reader()) as other:
        assert one.identity() == other.identity()


@pytest.mark.parametrize("path", [b"a letter.txt", b"folder/large"])
def test_what_vanished_since_the_listing_is_named(full: Site, tmp_path_factory, path) -> None:
    """And what stands beside it is taken."""
    with closing(full.reader()) as reader:
        entries = list(reader.walk())
        full.remove(path)
        found = results(reader, tmp_path_factory.mktemp("taken"), entries)

    reasons = {r.entry.path: r.reason for r in found if isinstance(r, NotTaken)}
    assert {path: NotTakenReason.VANISHED} == reasons


@pytest.mark.parametrize("path", [b"a letter.txt", b"folder/large"])
def test_what_changed_since_the_listing_is_named(full: Site, tmp_path_factory, path) -> None:
    """Another content under the name is not what was listed."""
    with closing(full.reader()) as reader:
        entries = list(reader.walk())
        full.put(path, FILES[path] + b" and more")
        found = results(reader, tmp_path_factory.mktemp("taken"), entries)

    reasons = {r.entry.path: r.reason for r in found if isinstance(r, NotTaken)}
    assert {path: NotTakenReason.CHANGED} == reasons


def test_an_empty_source_is_refused(site: Site) -> None:
    """Before a run is begun, and when it is listed."""
    with closing(site.reader()) as reader:
        with pytest.raises(SourceEmptyError):
            reader.check_not_empty()
        with pytest.raises(SourceEmptyError):
            list(reader.walk())
