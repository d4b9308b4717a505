"""A bucket of somebody else, into which a delivery goes: names as they are, nothing overwritten.

Unlike our own stores it need not keep versions, and its keys are the hospital's names. A put asks
the server to refuse when the key is taken (If-None-Match); servers that ignore that are found by
asking before, and the bag is read back after.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, BinaryIO

from custody.errors import ObjectMissingError, StoreDeniedError, StoreError
from storage.interface import MOST_KEY, Spooled
from storage.s3.body import stream_of
from storage.s3.faults import code_of, s3_faults
from storage.s3.parts import PART, md5_of, parts_of, read_part

TAKEN = frozenset({"PreconditionFailed", "ConditionalRequestConflict"})


class TargetBucket:
    """The objects of one bucket below one prefix."""

    def __init__(self, client: Any, bucket: str, prefix: str) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = prefix

    def fits(self, name: str) -> bool:
        """Whether a name can be a key that every tool lists and fetches as it is."""
        return name.isprintable() and len((self._prefix + name).encode()) <= MOST_KEY

    def is_empty(self) -> bool:
        """Whether nothing lies below the prefix.

        Raises:
            StoreError: the bucket cannot be listed.
        """
        with s3_faults("list the target's bucket"):
            found = self._client.list_objects_v2(
                Bucket=self._bucket, Prefix=self._prefix, MaxKeys=1
            )
        return not found.get("KeyCount", len(found.get("Contents", ())))

    def names(self) -> Iterator[str]:
        """Yield the names of all objects below the prefix.

        Raises:
            StoreError: the bucket cannot be listed.
        """
        after: dict[str, str] = {}
        while True:
            with s3_faults("list the target's bucket"):
                found = self._client.list_objects_v2(
                    Bucket=self._bucket, Prefix=self._prefix, **after
                )
            keys = [each["Key"] for each in found.get("Contents", ())]
            yield from (key.removeprefix(self._prefix) for key in keys)
            if not found.get("IsTruncated") or not keys:
                return
            after = {"StartAfter": keys[-1]}

    def open(self, name: str) -> BinaryIO | None:
        """Open an object; None when there is none of this name.

        Raises:
            StoreError: it cannot be read.
        """
        with suppress(ObjectMissingError), s3_faults("read from the target's bucket"):
            return stream_of(self._client.get_object(**self._object(name))["Body"])
        return None

    def put_new(self, name: str, spooled: Spooled, told: dict[str, str]) -> bool:
        """Store an object where none is; False when something lies there, which is left.

        `told` is kept as the object's own metadata, in ASCII.

        Raises:
            StoreError: it cannot be stored.
        """
        if self._is_taken(name):
            return False
        try:
            if spooled.size <= PART:
                self._put(name, spooled, Metadata=told, IfNoneMatch="*")
            else:
                self._put_large(name, spooled, told)
        except StoreDeniedError as error:
            if code_of(error) in TAKEN:
                return False
            raise
        return True

    def put_own(self, name: str, spooled: Spooled) -> None:
        """Store an object of ours in place of an unfinished one.

        Raises:
            StoreError: it cannot be stored.
        """
        self._put(name, spooled)

    def _put(self, name: str, spooled: Spooled, **more: Any) -> None:
        content = read_part(spooled, 0, spooled.size)
        with s3_faults("write to the target's bucket"):
            self._client.put_object(
                **self._object(name), Body=content, ContentMD5=md5_of(content), **more
            )

    def _put_large(self, name: str, spooled: Spooled, told: dict[str, str]) -> None:
        """Store an object in parts; one that fails is taken back, as its parts cost room."""
        with s3_faults("write to the target's bucket"):
            upload = self._client.create_multipart_upload(**self._object(name), Metadata=told)
        named = {**self._object(name), "UploadId": upload["UploadId"]}
        try:
            parts = list(self._parts(named, spooled))
            with s3_faults("write to the target's bucket"):
                self._client.complete_multipart_upload(
                    **named, MultipartUpload={"Parts": parts}, IfNoneMatch="*"
                )
        except StoreError:
            with suppress(StoreError), s3_faults("take an upload back"):
                self._client.abort_multipart_upload(**named)
            raise

    def _parts(self, named: dict[str, str], spooled: Spooled) -> Iterator[dict[str, Any]]:
        for part in parts_of(spooled.size):
            content = read_part(spooled, part.offset, part.size)
            with s3_faults("write to the target's bucket"):
                answer = self._client.upload_part(
                    **named, PartNumber=part.number, Body=content, ContentMD5=md5_of(content)
                )
            yield {"PartNumber": part.number, "ETag": answer["ETag"]}

    def _is_taken(self, name: str) -> bool:
        with suppress(ObjectMissingError), s3_faults("look into the target's bucket"):
            self._client.head_object(**self._object(name))
            return True
        return False

    def _object(self, name: str) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": self._prefix + name}
