"""Reads a bucket that is not ours: lists it, and opens what was listed; nothing here can write."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from custody.errors import StoreDeniedError, StoreError
from storage.s3.faults import Server, code_of, s3_faults

SOURCE = Server(name="the source's server", section="sources")
PAGE = 1000
# A server that does not let us look, or knows no such question.
CLOSED = frozenset({"AccessDenied", "403", "Forbidden", "MethodNotAllowed", "NotImplemented"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One line of a listing: an object, one version of one, or the mark of its removal.

    `version` is None where the listing tells none, and "null" for what was put without one.
    """

    key: str
    size: int
    modified: datetime
    etag: str = ""
    version: str | None = None
    latest: bool = True
    removed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A part of a listing by key, the newest version of each first; `marker` asks for the next.

    S3 tells versions and removals apart, so that which of the two came later is told by their
    times only.
    """

    lines: tuple[Listed, ...]
    marker: dict[str, str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An object that is being sent: its body from where it was asked for, and what it calls itself.

    `size` is that of the whole object.
    """

    body: Any
    size: int
    etag: str
    version: str | None

    def read(self, size: int) -> bytes:
        """Return the next bytes of the body, nothing at its end.

        Raises:
            StoreError: the connection broke, or the body ended before its length.
        """
        with s3_faults("read a file of the source", server=SOURCE):
            content: bytes = self.body.read(size)
        return content

    def close(self) -> None:
        """Give the connection back, or close it when the body was not read to its end."""
        self.body.close()


class ForeignBucket:
    """A bucket of somebody else; safe for several threads."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self.name = name

    def objects(self, prefix: str, marker: dict[str, str] | None) -> Page:
        """Return a page of what stands there now.

        Each page is asked for by the last key of the one before: what servers call the next one
        need not survive the way back when it holds control characters.
        """
        with s3_faults("list the source", server=SOURCE):
            found = self._client.list_objects_v2(
                Bucket=self.name, Prefix=prefix, MaxKeys=PAGE, **(marker or {})
            )
        with _well_formed():
            lines = tuple(_line(each) for each in found.get("Contents", ()))
            return Page(lines=lines, marker=_after(found, lines))

    def versions(self, prefix: str, marker: dict[str, str] | None) -> Page:
        """Return a page of everything that was put there and is kept, and of all removals."""
        with s3_faults("list the source", server=SOURCE):
            found = self._client.list_object_versions(
                Bucket=self.name, Prefix=prefix, MaxKeys=PAGE, **(marker or {})
            )
        with _well_formed():
            lines = [_line(each) for each in found.get("Versions", ())]
            lines += [_removal(each) for each in found.get("DeleteMarkers", ())]
        lines.sort(key=lambda line: line.key.encode("utf-8", "surrogatepass"))
        return Page(lines=tuple(lines), marker=_next(found))

    def keeps_versions(self) -> bool:
        """Whether what is overwritten is kept, or once was."""
        with s3_faults("look whether the source keeps versions", server=SOURCE):
            status = self._client.get_bucket_versioning(Bucket=self.name).get("Status")
        return status is not None

    def open(self, key: str, *, version: str | None, etag: str | None, position: int = 0) -> Answer:
        """Open an object from a position, if it is still that version, or has that tag."""
        asked = {"Bucket": self.name, "Key": key}
        if version is not None:
            asked["VersionId"] = version
        if etag is not None:
            asked["IfMatch"] = etag
        if position:
            asked["Range"] = f"bytes={position}-"
        with s3_faults("read a file of the source", server=SOURCE):
            answer = self._client.get_object(**asked)
        return Answer(
            body=answer["Body"],
            size=position + answer.get("ContentLength", -1),
            etag=answer.get("ETag", ""),
            version=answer.get("VersionId"),
        )

    def answers(self) -> bool:
        """Whether the bucket can be listed at this moment."""
        with s3_faults("list the source", server=SOURCE):
            self._client.list_objects_v2(Bucket=self.name, MaxKeys=1)
        return True

    def marks(self) -> Iterator[str]:
        """Yield what tells it from another bucket of its name, as far as we are let know."""
        try:
            with s3_faults("ask whose bucket the source is", server=SOURCE):
                yield str(self._client.get_bucket_acl(Bucket=self.name)["Owner"].get("ID", ""))
        except StoreDeniedError as error:
            _pass_closed(error)
            yield ""
        try:
            with s3_faults("ask when the source's bucket was made", server=SOURCE):
                found = self._client.list_buckets().get("Buckets", ())
        except StoreDeniedError as error:
            _pass_closed(error)
            found = ()
        yield next((b["CreationDate"].isoformat() for b in found if b["Name"] == self.name), "")


@contextmanager
def _well_formed() -> Iterator[None]:
    try:
        yield
    except (KeyError, TypeError, ValueError) as error:
        raise StoreError(
            "cannot list the source: what its server answers is no listing",
            next_step="check that sources.endpoint is an S3 server",
        ) from error


def _pass_closed(error: StoreDeniedError) -> None:
    if code_of(error) not in CLOSED:
        raise error


def _line(found: dict[str, Any]) -> Listed:
    if found["Size"] < 0:
        raise ValueError("a size below zero")
    return Listed(
        key=found["Key"],
        size=found["Size"],
        modified=found["LastModified"],
        etag=found.get("ETag", ""),
        version=found.get("VersionId"),
        latest=found.get("IsLatest", True),
    )


def _removal(found: dict[str, Any]) -> Listed:
    return Listed(
        key=found["Key"],
        size=0,
        modified=found["LastModified"],
        version=found.get("VersionId"),
        latest=found.get("IsLatest", False),
        removed=True,
    )


def _after(found: dict[str, Any], lines: tuple[Listed, ...]) -> dict[str, str] | None:
    """Return what asks for what comes after a page; Ceph may cut one before its first line."""
    if not found.get("IsTruncated"):
        return None
    if lines:
        return {"StartAfter": lines[-1].key}
    return {"ContinuationToken": found["NextContinuationToken"]}


def _next(found: dict[str, Any]) -> dict[str, str] | None:
    if not found.get("IsTruncated"):
        return None
    marker = {"KeyMarker": found.get("NextKeyMarker", "")}
    if found.get("NextVersionIdMarker"):
        marker["VersionIdMarker"] = found["NextVersionIdMarker"]
    return marker
