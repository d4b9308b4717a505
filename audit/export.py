"""Exports: a folder that proves itself to an outsider who has Python, or openssl alone."""

import ast
import hashlib
import inspect
import json
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from audit import anchors, evidence, manifest, papers, rotation, verify
from audit.history import History
from audit.note import NoteSigner, sign_note
from audit.recipe import README
from audit.tiles import newest_key, published_keys
from custody.errors import LedgerError, StoreError, UsageError
from storage.interface import Readable


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was written, and the fingerprint that the receiver has to know from elsewhere."""

    files: int
    size: int
    fingerprint: str


def export(
    store: Readable,
    signer: NoteSigner,
    target: Path,
    *,
    lock: AbstractContextManager[None] | None = None,
) -> Exported:
    """Write the published ledger with its manifests into an empty folder, signed as a whole.

    `lock` (`exclusive`, `Ledger.paused`) keeps sequencers from replacing tiles meanwhile.

    Raises:
        UsageError: the target exists and is not an empty folder.
        LedgerError: the audit store lacks something that was published.
        StoreError: the target cannot be written.
    """
    with lock or nullcontext():
        history = History(store, signer.key)
    try:
        target.mkdir(parents=True, exist_ok=True)
        if any(target.iterdir()):
            raise UsageError("the export's folder is not empty", next_step="name a new folder")
        lines, size = [], 0
        for name, content in _contents(history, signer):
            path = target / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            lines.append(f"{hashlib.sha256(content).hexdigest()}  {name}\n")
            size += len(content)
        text = f"{verify.LIST_TITLE}\n" + "".join(lines)
        (target / verify.LIST_FILE).write_text(sign_note(text, signer), encoding="utf-8")
    except OSError as error:
        raise StoreError(
            f"the export cannot be written: {error.strerror}",
            next_step="check the folder's disk and rights",
        ) from error
    fingerprint = verify.fingerprint(signer.vkey)
    return Exported(files=len(lines) + 1, size=size, fingerprint=fingerprint)


def verifier() -> str:
    """Return the verifier as one file: what `audit.verify` imports stands before it."""
    modules = (evidence, anchors, papers, rotation, verify)
    parts = [_without_imports(inspect.getsource(module)) for module in modules]
    docstring = (verify.__doc__ or "").strip()
    return f'"""{docstring}\n"""\n\nfrom __future__ import annotations\n\n' + "\n\n".join(parts)


def _without_imports(text: str) -> str:
    """Return a module's text without its docstring and what the one file has or must not need."""
    lines = text.splitlines()
    for node in ast.parse(text).body:
        is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        is_ours = isinstance(node, ast.ImportFrom) and node.module in {
            "__future__",
            evidence.__name__,
            anchors.__name__,
            papers.__name__,
            rotation.__name__,
        }
        if is_docstring or is_ours:
            for number in range(node.lineno - 1, node.end_lineno or node.lineno):
                lines[number] = ""
    return "\n".join(lines).strip() + "\n"


def key_files(signer: NoteSigner) -> Iterator[tuple[str, bytes]]:
    """Yield the public key as a file, and how it came to be that one, if it was ever changed."""
    yield verify.KEY_FILE, f"{signer.vkey}\n".encode()
    if signer.rotations:
        yield rotation.ROTATIONS_FILE, json.dumps(list(signer.rotations)).encode()


def _contents(history: History, signer: NoteSigner) -> Iterator[tuple[str, bytes]]:
    yield "README.txt", README.encode()
    yield "verify.py", verifier().encode()
    yield from key_files(signer)
    named: dict[str, None] = {}
    for origin in history.origins():
        keys = [*history.checkpoints(origin), newest_key(origin)]
        yield from _copies(history, keys)
        yield from _copies(history, published_keys(origin, history.size(origin)))
        yield from _copies(history, history.anchors(origin))
    for event in history.events():
        root = event["subject"].get("manifest")
        if root is not None:
            named[manifest.key_of(root)] = None
        named.update((name, None) for name, _ in papers.papers_of(event))
    yield from _copies(history, named)


def _copies(history: History, names: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    for name in names:
        try:
            yield name, history.files.read(name)
        except KeyError as error:
            raise LedgerError(
                f"{name} is missing in the audit store",
                next_step="run `autoclave audit verify` and restore the audit store from its copy",
            ) from error
