"""A private cache of compiled rules: believed only after an HMAC says that we wrote it ourselves.

Compiled rules are code in disguise: a damaged file crashes one engine and a forged one may run in
it. So they never come from a store, lie in a folder that only we can open, and are compiled again
whenever anything about them is not as we left it. A cache that cannot be read or written (a full
disk) costs time and nothing else.
"""

import fcntl
import hashlib
import hmac
import json
import logging
import os
import platform
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from custody.digest import Digest
from custody.errors import RulesError
from sanitizers.engines.interface import Engine, Rules
from sanitizers.rules.splitting import Part, Parted

logger = logging.getLogger(__name__)

KEY_FILE = "key"
LOCK_FILE = "lock"
KEY_BYTES = 32
SEAL_BYTES = 32
LENGTH_BYTES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """The compiled parts, and which rules a name decides over."""

    parts: Mapping[Part, Rules]
    name_rules: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the compiled form of some packs lies for one engine on one kind of processor."""

    folder: Path
    packs: Digest
    engine: str
    version: str

    @property
    def name(self) -> str:
        """Return the file's name, which the HMAC covers too."""
        return f"{self.packs}-{self.engine}-{self.version}-{_processor()}.bin"


def load_or_compile(place: Place, engine: Engine, parted: Callable[[], Parted]) -> Compiled:
    """Return compiled rules from the cache, or compile them once for all workers and keep them.

    Raises:
        RulesError: the rules do not compile, or the folder is open to others.
    """
    with ExitStack() as held:
        key = _hold(held, place.folder)
        kept = None if key is None else _read(place, key)
        if kept is None:
            sources = parted()
            compiled = Compiled(
                parts={part: engine.compile(texts) for part, texts in sources.parts.items()},
                name_rules=sources.name_rules,
            )
            if key is not None:
                _write(place, key, _dump(compiled))
            return compiled
    # Loading takes a second or two for large packs: workers that start together do it side by side.
    return _load(kept, engine)


def _hold(held: ExitStack, folder: Path) -> bytes | None:
    """Hold the cache until `held` ends and return its key; None if there can be no cache here."""
    try:
        held.enter_context(_locked(folder))
        return _key(folder)
    except OSError as error:
        logger.warning("rules are compiled without a cache: %s", error.strerror)
        return None


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the cache alone, so that two workers do not compile the same rules at once."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.stat()
    if found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise RulesError(
            f"others can write or read the cache of compiled rules in {folder}",
            next_step=f"chown it to yourself and chmod 700 {folder}",
        )
    with os.fdopen(os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _key(folder: Path) -> bytes:
    """Return this home's key; a missing or cut one is made anew, which voids the cache."""
    path = folder / KEY_FILE
    key = path.read_bytes() if path.is_file() else b""
    if len(key) != KEY_BYTES:
        key = secrets.token_bytes(KEY_BYTES)
        _replace(path, key)
    return key


def _read(place: Place, key: bytes) -> bytes | None:
    """Return the body of the cache file if we sealed it; None if it is missing, bad or changed."""
    path = place.folder / place.name
    try:
        if not path.is_file():
            return None
        content = path.read_bytes()
    except OSError as error:
        logger.warning("the cache of compiled rules cannot be read: %s", error.strerror)
        return None
    seal, body = content[:SEAL_BYTES], content[SEAL_BYTES:]
    return body if hmac.compare_digest(seal, _seal(place, key, body)) else None


def _write(place: Place, key: bytes, body: bytes) -> None:
    """Keep compiled rules; they are in memory already, so a full disk is no reason to stop."""
    try:
        _replace(place.folder / place.name, _seal(place, key, body) + body)
    except OSError as error:
        logger.warning("the cache of compiled rules cannot be written: %s", error.strerror)


def _seal(place: Place, key: bytes, body: bytes) -> bytes:
    return hmac.digest(key, place.name.encode() + b"\0" + body, "sha256")


def _replace(path: Path, content: bytes) -> None:
    incoming = path.with_name(f".{path.name}")
    descriptor = os.open(incoming, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
        incoming.replace(path)
    finally:
        # A half is of no use, and takes the room that a full disk lacks.
        incoming.unlink(missing_ok=True)


def _dump(compiled: Compiled) -> bytes:
    dumps = {part.value: rules.dump() for part, rules in compiled.parts.items()}
    head = json.dumps(
        {
            "parts": {part: len(dump) for part, dump in dumps.items()},
            "name_rules": sorted(map(list, compiled.name_rules)),
        }
    ).encode()
    return b"".join((len(head).to_bytes(LENGTH_BYTES, "big"), head, *dumps.values()))


def _load(body: bytes, engine: Engine) -> Compiled:
    at = LENGTH_BYTES + int.from_bytes(body[:LENGTH_BYTES], "big")
    head = json.loads(body[LENGTH_BYTES:at])
    parts: dict[Part, Rules] = {}
    for part, length in head["parts"].items():
        parts[Part(part)] = engine.load(body[at : at + length])
        at += length
    return Compiled(
        parts=parts,
        name_rules=frozenset((namespace, rule) for namespace, rule in head["name_rules"]),
    )


def _processor() -> str:
    """Return what names this kind of processor: compiled rules may use what another has not."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    flags = next((line for line in lines if line.startswith(("flags", "Features"))), "")
    return f"{platform.machine()}-{hashlib.sha256(flags.encode()).hexdigest()[:8]}"
