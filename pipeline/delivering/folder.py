"""Writes a delivery into its folder: the manifest, the files, and the signed note that ends it."""

import io
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from audit.note import sign_note
from catalogue.deliveries import Delivery
from cleanzone.delivery import MANIFEST, NOTE, RENAMED, Destination, Written, folder_name
from custody.box import Json
from custody.digest import Digest, digest_of
from custody.names import from_base64
from pipeline.wiring import Runtime, ledger_signer
from storage.interface import Spooled
from storage.verified import VerifiedStore

TITLE = "autoclave delivery v1"


def write(runtime: Runtime, folder: Path, manifest: Spooled, delivery: Delivery) -> int:
    """Write manifest, files and note, in this order, and return how many lie under a code.

    Raises:
        StoreError: the clean zone is damaged, or the target cannot be written.
    """
    clean = VerifiedStore(runtime.clean)
    renamed: list[bytes] = []
    with Destination.open(folder) as destination:
        destination.write_own(MANIFEST, _read(manifest))
        for line in map(json.loads, _read(manifest)):
            written = _write_one(clean, destination, line)
            if written.mapped:
                told = {"path_b64": line["path_b64"], "written": written.path.decode()}
                about = {"host": line["host"], "source": line["source"], **told}
                renamed.append(json.dumps(about, sort_keys=True).encode() + b"\n")
        # One sync for all files: the note that says they are there comes after it.
        os.sync()
        if renamed:
            destination.write_own(RENAMED, iter(renamed))
        note = _note(runtime, delivery, b"".join(renamed))
        destination.write_own(NOTE, iter([note.encode()]))
    return len(renamed)


def _write_one(clean: VerifiedStore, destination: Destination, line: Mapping[str, Json]) -> Written:
    def content() -> BinaryIO:
        return clean.open(line["key"], line["version"], 0, line["size"], Digest(line["digest"]))

    return destination.write(
        (folder_name(line["host"]), folder_name(line["source"])),
        from_base64(line["path_b64"]),
        content,
        mode=line["mode"],
        mtime_ns=line["mtime_ns"],
    )


def _note(runtime: Runtime, delivery: Delivery, renamed: bytes) -> str:
    lines = [
        TITLE,
        f"delivery {delivery.delivery_id}",
        f"files {delivery.files}",
        f"{MANIFEST.decode()} {delivery.manifest}",
    ]
    if renamed:
        lines.append(f"{RENAMED.decode()} {digest_of(renamed)}")
    signer = ledger_signer(runtime.settings, runtime.keys)
    return sign_note("".join(f"{line}\n" for line in lines), signer)


def _read(manifest: Spooled) -> Iterator[bytes]:
    """Yield the lines of a spooled manifest."""
    content = manifest.content
    if isinstance(content, bytes):
        yield from io.BytesIO(content)
        return
    with content.open("rb") as file:
        yield from file
