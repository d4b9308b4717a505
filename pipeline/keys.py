"""Keys of a home: made once, mode 0600, one file each, never in the catalogue or a log.

`ledger.key` signs checkpoints, `ledger-next.key` is the one that it is being changed for, and
`ledger-rotations.json` says which ones it replaced, which is no secret; `cache.key` seals compiled
rules; `subjects.key` codes whom records are about, across hosts; `subjects-next.key` is the one
that it is being changed for. Each case and host has a file of its own, which two keys are made
from: one codes names and one encrypts them, so that a host's names go with its file.
"""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from custody.errors import ObjectMissingError, StoreError
from custody.subjects import SubjectKey
from storage.disk import RealDisk

KEY_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class NamingKeys:
    """The keys of one case and host; `key_id` tells which, without naming either."""

    key_id: str
    coding: bytes
    sealing: bytes


class KeyRing:
    """Reads keys from a folder and makes the ones that are missing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._naming: dict[str, NamingKeys] = {}

    @property
    def has_ledger_seed(self) -> bool:
        """Whether the key that signs checkpoints was made already."""
        return self._ledger_path.exists()

    def ledger_seed(self) -> bytes:
        """Return the Ed25519 seed that signs checkpoints."""
        return self._read_or_make(self._ledger_path)

    def next_ledger_seed(self) -> bytes:
        """Return the seed that takes the place of that one; made when missing."""
        return self._read_or_make(self._next_ledger_path)

    def rotations(self) -> list[str]:
        """Return the statements by which the ledger's key was changed, the oldest first.

        Raises:
            StoreError: the file cannot be read, or holds something else.
        """
        try:
            found = json.loads(self._rotations_path.read_bytes())
        except FileNotFoundError:
            return []
        except (OSError, ValueError) as error:
            raise StoreError(
                f"{self._rotations_path} cannot be read: {error}",
                next_step="put it back from the backup of the keys",
            ) from error
        return [str(each) for each in found]

    def keep_rotations(self, statements: Sequence[str]) -> None:
        """Keep the statements by which the ledger's key was, or is being, changed."""
        _write(self._rotations_path, json.dumps(list(statements)).encode())

    def change_ledger_seed(self) -> None:
        """Put the next seed in the place of the one in use, which is gone from then on."""
        self._next_ledger_path.replace(self._ledger_path)
        RealDisk().sync_folder(self._folder)

    def cache_key(self) -> bytes:
        """Return the key that compiled rules are authenticated with."""
        return self._read_or_make(self._folder / "cache.key")

    def naming(self, case: str, host: str) -> NamingKeys:
        """Return the keys for the names of one host of a case; made when missing."""
        key_id = naming_key_id(case, host)
        return self._naming_keys(key_id, self._read_or_make(self._naming_path(key_id)))

    def subject_key(self) -> SubjectKey:
        """Return the key that codes whom records are about; made when missing."""
        return SubjectKey(secret=self._read_or_make(self._subjects_path))

    def next_subject_key(self) -> SubjectKey:
        """Return the key that takes the place of that one; made when missing."""
        return SubjectKey(secret=self._read_or_make(self._next_subjects_path))

    def subject_keys(self) -> tuple[SubjectKey, ...]:
        """Return every key that codes may have been made with and that is there."""
        paths = (self._subjects_path, self._next_subjects_path)
        return tuple(SubjectKey(secret=self._read_or_make(p)) for p in paths if p.exists())

    def change_subject_key(self) -> None:
        """Put the next key in the place of the one in use, which is gone from then on."""
        self._next_subjects_path.replace(self._subjects_path)
        RealDisk().sync_folder(self._folder)

    def by_id(self, key_id: str) -> NamingKeys:
        """Return the naming keys of an id.

        Raises:
            ObjectMissingError: the key was erased, and with it the names.
        """
        if key_id not in self._naming:
            path = self._naming_path(key_id)
            if not path.exists():
                raise ObjectMissingError(
                    f"the naming key {key_id} is not in the home",
                    next_step="put it back from its backup, if its names were not erased",
                )
            self._naming_keys(key_id, self._read_or_make(path))
        return self._naming[key_id]

    def forget(self, key_id: str) -> None:
        """Remove a naming key: every name under it is unreadable from now on."""
        self._naming.pop(key_id, None)
        path = self._naming_path(key_id)
        # A crash while the key was made may have left it under its temporary name, too.
        for copy in (path, *self._folder.glob(f"{path.name}.*")):
            copy.unlink(missing_ok=True)
        RealDisk().sync_folder(self._folder)

    @property
    def _subjects_path(self) -> Path:
        return self._folder / "subjects.key"

    @property
    def _next_subjects_path(self) -> Path:
        return self._folder / "subjects-next.key"

    @property
    def _ledger_path(self) -> Path:
        return self._folder / "ledger.key"

    @property
    def _next_ledger_path(self) -> Path:
        return self._folder / "ledger-next.key"

    @property
    def _rotations_path(self) -> Path:
        return self._folder / "ledger-rotations.json"

    def _naming_path(self, key_id: str) -> Path:
        return self._folder / f"names-{key_id}.key"

    def _naming_keys(self, key_id: str, secret: bytes) -> NamingKeys:
        keys = NamingKeys(
            key_id=key_id,
            coding=hashlib.sha256(b"coding" + secret).digest(),
            sealing=hashlib.sha256(b"sealing" + secret).digest(),
        )
        return self._naming.setdefault(key_id, keys)

    def _read_or_make(self, path: Path) -> bytes:
        try:
            secret = path.read_bytes()
        except FileNotFoundError:
            return _make(path)
        except OSError as error:
            raise StoreError(
                f"the key {path} cannot be read: {error.strerror}",
                next_step="run as the owner of the home",
            ) from error
        if len(secret) != KEY_BYTES:
            raise StoreError(f"the key {path} is damaged", next_step="put it back from its backup")
        return secret


def naming_key_id(case: str, host: str) -> str:
    """Return which naming key a host of a case has, whether or not it is there."""
    return hashlib.sha256(f"{case}\0{host}".encode()).hexdigest()[:16]


def _write(path: Path, content: bytes) -> None:
    """Write a file in place of an older one: whole, or not at all."""
    temporary = path.with_name(f"{path.name}.{os.urandom(8).hex()}")
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as f:
            f.write(content)
            f.flush()
            os.fsync(f.fileno())
        temporary.replace(path)
        RealDisk().sync_folder(path.parent)
    except OSError as error:
        raise StoreError(
            f"{path} cannot be written: {error.strerror}", next_step="make room, and run it again"
        ) from error


def _make(path: Path) -> bytes:
    """Write a new key; two that start together agree on the first one's."""
    secret = os.urandom(KEY_BYTES)
    temporary = path.with_name(f"{path.name}.{os.urandom(8).hex()}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secret)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(temporary, path)
        except FileExistsError:
            return path.read_bytes()
        finally:
            temporary.unlink()
        RealDisk().sync_folder(path.parent)
    except OSError as error:
        raise StoreError(
            f"the key {path} cannot be written: {error.strerror}",
            next_step="make room, or choose a writable home",
        ) from error
    return secret
