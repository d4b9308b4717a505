"""An object store in a versioned S3 bucket."""

import io
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from functools import partial
from itertools import groupby
from typing import Any, BinaryIO

from custody.errors import ObjectMissingError, StoreDeniedError, StoreError
from storage.interface import Spooled, Version, check_key
from storage.s3.body import stream_of
from storage.s3.faults import PastEndError, s3_faults
from storage.s3.parts import PART, Part, md5_of, parts_of, read_part

PUTS_AT_ONCE = 8


class S3Store:
    """Objects are keys of one bucket, and every put is a version that no other put changes.

    What the server says of its content is never believed: whoever writes below it makes it serve
    other bytes without an error, so readers hash again (`storage.verified`).
    """

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def open(
        self, key: str, version: str | None = None, *, offset: int = 0, length: int | None = None
    ) -> BinaryIO:
        """Open a part of one version."""
        wanted = self._object(key, version)
        if offset or length:
            last = "" if length is None else offset + length - 1
            wanted["Range"] = f"bytes={offset}-{last}"
        with suppress(PastEndError), s3_faults("read an object", key):
            if length != 0:
                return stream_of(self._client.get_object(**wanted)["Body"])
            self._client.head_object(**self._object(key, version))  # no range is empty
        return io.BytesIO()

    def versions(self, prefix: str) -> Iterator[Version]:
        """List versions by key, the oldest first; what was removed leaves no trace here."""
        for _, found in groupby(self._listed(prefix), key=lambda version: version.key):
            yield from reversed(list(found))

    def put(self, key: str, spooled: Spooled) -> Version:
        """Store one object durably."""
        return self.put_all([(key, spooled)])[0]

    def put_all(self, objects: Iterable[tuple[str, Spooled]]) -> list[Version]:
        """Store many objects, some at once; parts of a large one are some at once, too."""
        listed = [(check_key(key), spooled) for key, spooled in objects]
        with ThreadPoolExecutor(PUTS_AT_ONCE) as pool, ExitStack() as undo:
            undo.callback(pool.shutdown, wait=False, cancel_futures=True)
            small = {
                n: pool.submit(self._put_small, key, spooled)
                for n, (key, spooled) in enumerate(listed)
                if spooled.size <= PART
            }
            return [
                small[n].result() if n in small else self._put_large(pool, key, spooled)
                for n, (key, spooled) in enumerate(listed)
            ]

    def delete(self, key: str, version: str) -> None:
        """Remove one version durably."""
        with suppress(ObjectMissingError), s3_faults("remove an object", key):
            self._client.delete_object(**self._object(key, version))

    def _put_small(self, key: str, spooled: Spooled) -> Version:
        content = read_part(spooled, 0, spooled.size)
        with s3_faults("store an object", key):
            answer = self._client.put_object(
                **self._object(key), Body=content, ContentMD5=md5_of(content)
            )
        return self._stored(key, spooled, answer)

    def _put_large(self, pool: ThreadPoolExecutor, key: str, spooled: Spooled) -> Version:
        """Store one object in parts; a failed upload is taken back, as its parts cost room."""
        with s3_faults("store an object", key):
            upload = self._client.create_multipart_upload(**self._object(key))["UploadId"]
        named = {**self._object(key), "UploadId": upload}
        with ExitStack() as undo:
            undo.callback(self._abort, named)
            parts = list(pool.map(partial(self._put_part, named, spooled), parts_of(spooled.size)))
            with s3_faults("store an object", key):
                answer = self._client.complete_multipart_upload(
                    **named, MultipartUpload={"Parts": parts}
                )
            undo.pop_all()
        return self._stored(key, spooled, answer)

    def _put_part(self, named: dict[str, str], spooled: Spooled, part: Part) -> dict[str, Any]:
        content = read_part(spooled, part.offset, part.size)
        with s3_faults("store an object", named["Key"]):
            answer = self._client.upload_part(
                **named, PartNumber=part.number, Body=content, ContentMD5=md5_of(content)
            )
        return {"PartNumber": part.number, "ETag": answer["ETag"]}

    def _abort(self, named: dict[str, str]) -> None:
        """Take an upload back; where that fails too, the bucket's lifecycle rule removes it."""
        with suppress(StoreError), s3_faults("abort an upload"):
            self._client.abort_multipart_upload(**named)

    def _stored(self, key: str, spooled: Spooled, answer: dict[str, Any]) -> Version:
        version = answer.get("VersionId")
        if version in {None, "null"}:
            raise StoreDeniedError(
                f"the bucket {self._bucket} keeps no versions",
                next_step="run `autoclave init --stores s3`",
            )
        return Version(key=key, version=str(version), size=spooled.size)

    def _object(self, key: str, version: str | None = None) -> dict[str, str]:
        named = {"Bucket": self._bucket, "Key": check_key(key)}
        return named if version is None else {**named, "VersionId": version}

    def _listed(self, prefix: str) -> Iterator[Version]:
        """Yield versions as S3 lists them: by key, the newest first."""
        pages = self._client.get_paginator("list_object_versions").paginate(
            Bucket=self._bucket, Prefix=prefix
        )
        waiting = iter(pages)
        while True:
            with s3_faults("list a store"):
                page = next(waiting, None)
            if page is None:
                return
            for found in page.get("Versions", ()):
                yield Version(key=found["Key"], version=found["VersionId"], size=found["Size"])
