"""The home: the one folder that an embedded Autoclave keeps everything in, private to its owner."""

import errno
import hashlib
import os
import socket
from dataclasses import dataclass
from pathlib import Path

from custody.errors import StoreError

PRIVATE = 0o700


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Where things lie under the home folder."""

    root: Path

    @property
    def vault(self) -> Path:
        """Quarantined bytes."""
        return self.root / "quarantine"

    @property
    def clean(self) -> Path:
        """The clean zone."""
        return self.root / "cleanzone"

    @property
    def audit(self) -> Path:
        """The published ledger and its manifests."""
        return self.root / "audit"

    @property
    def names(self) -> Path:
        """Encrypted names and finding details; erasable."""
        return self.root / "names"

    @property
    def spool(self) -> Path:
        """Bytes on their way in; what a crash left here is never believed."""
        return self.root / "spool"

    @property
    def keys(self) -> Path:
        """Signing, naming and sealing keys."""
        return self.root / "keys"

    @property
    def credentials(self) -> Path:
        """Key files of the identities on S3, where the settings name no other folder."""
        return self.root / "credentials"

    @property
    def known(self) -> Path:
        """Known-good digests and indicators."""
        return self.root / "known"

    @property
    def definitions(self) -> Path:
        """Official definitions of record formats, each pack in a folder by its digest."""
        return self.root / "definitions"

    @property
    def rules(self) -> Path:
        """Installed rule packs."""
        return self.root / "rules"

    @property
    def cache(self) -> Path:
        """Private compiled rules; may be removed at any time."""
        return self.root / "cache"

    @property
    def locks(self) -> Path:
        """Held by who recovers a source, a file each."""
        return self.root / "locks"

    @property
    def console(self) -> Path:
        """Accounts of the console: passwords as hashes, keys sealed under them."""
        return self.root / "console"

    @property
    def recalls(self) -> Path:
        """Signed lists of what was recalled, to be handed out."""
        return self.root / "recalls"

    @property
    def catalogue(self) -> Path:
        """The embedded catalogue."""
        return self.root / "catalogue.sqlite"

    @property
    def public_key(self) -> Path:
        """The ledger's public key, to be handed out."""
        return self.root / "ledger.vkey"

    @property
    def work_lock(self) -> Path:
        """Shared by everybody who is at work in the home."""
        return self.root / "work.lock"

    @property
    def ledger_lock(self) -> Path:
        """Held by the one sequencer."""
        return self.root / "ledger.lock"

    @property
    def owner(self) -> str:
        """How leases name who works in this home: this machine, and this folder of it."""
        folder = hashlib.sha256(os.fsencode(self.root.resolve())).hexdigest()[:8]
        return f"{socket.gethostname()}:{folder}:"

    def make(self) -> None:
        """Create the folders that are missing, for the owner only.

        Raises:
            StoreError: the home cannot be written.
        """
        folders = (self.vault, self.clean, self.audit, self.names, self.spool, self.keys)
        for folder in (self.root, *folders, self.rules, self.cache, self.locks):
            try:
                folder.mkdir(mode=PRIVATE, parents=folder is self.root, exist_ok=True)
            except OSError as error:
                raise _unwritable(self.root, error) from error
        if not os.access(self.root, os.W_OK | os.X_OK):
            raise _unwritable(self.root, PermissionError(errno.EACCES, "Permission denied"))


def _unwritable(root: Path, error: OSError) -> StoreError:
    return StoreError(
        f"the home {root} cannot be written: {error.strerror}",
        next_step="choose another with --home or AUTOCLAVE_HOME, or make this one writable",
    )
