"""What a rule pack is: named, versioned sources, pinned by one digest over its manifest."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum, unique
from pathlib import Path

from custody.digest import Digest, digest_of
from sanitizers.rules.grading import STANDARD, Grades

OFF = "off"
NOISY = "noisy"


@unique
class RuleStatus(Enum):
    """What a match of a rule does: it counts, it is only shown, or it is not looked at."""

    DEPLOYED = "deployed"
    NOISY = "noisy"
    DISABLED = "disabled"


STATUS_OVERRIDES: Mapping[RuleStatus, str | None] = {
    RuleStatus.DEPLOYED: None,
    RuleStatus.NOISY: NOISY,
    RuleStatus.DISABLED: OFF,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFile:
    """One file of rules; `path` is relative to the pack and names it in every finding."""

    path: str
    content: bytes

    @property
    def digest(self) -> Digest:
        """Return the digest of the file's bytes."""
        return digest_of(self.content)


@dataclass(frozen=True, slots=True, kw_only=True)
class PackManifest:
    """What pack.json says: enough to judge a pack's size and age, and to verify every file of it.

    `overrides` sets the severity of a rule ("info", "suspicious", "malicious"), "noisy" (shown, and
    holds nothing) or "off", by name; it is a loosening or a tightening that the pack's digest
    covers. `signer` is the public key whose signature the pack came with, empty without one.
    `grades` is the scale of its authors, where it is not the standard one.
    """

    name: str
    version: str
    licence: str
    dated: date | None
    rules: int
    files: Mapping[str, Digest]
    overrides: Mapping[str, str] = field(default_factory=dict)
    signer: str = ""
    grades: Grades = STANDARD

    def status(self, rule: str) -> RuleStatus:
        """Return the status of a rule."""
        said = self.overrides.get(rule)
        return next(
            (s for s, word in STATUS_OVERRIDES.items() if word == said), RuleStatus.DEPLOYED
        )

    def of_status(self, status: RuleStatus) -> tuple[str, ...]:
        """Return the rules that stand at a status which is not that of most."""
        word = STATUS_OVERRIDES[status]
        return tuple(sorted(rule for rule, said in self.overrides.items() if said == word))

    def encode(self) -> bytes:
        """Return the canonical JSON bytes that the pack's digest is taken over."""
        content = {
            "dated": self.dated.isoformat() if self.dated else None,
            "files": dict(self.files),
            "licence": self.licence,
            "name": self.name,
            "overrides": dict(self.overrides),
            "rules": self.rules,
            "version": self.version,
        }
        if self.signer:
            content["signer"] = self.signer
        if self.grades != STANDARD:
            content["grades"] = self.grades.encode()
        return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()

    @property
    def digest(self) -> Digest:
        """Return the name of this exact pack."""
        return digest_of(self.encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePackSource:
    """A pack as sources, wherever they came from."""

    manifest: PackManifest
    files: tuple[RuleFile, ...]

    @property
    def name(self) -> str:
        """Return the pack's name."""
        return self.manifest.name

    @property
    def digest(self) -> Digest:
        """Return the name of this exact pack."""
        return self.manifest.digest


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledPack:
    """A pack in a folder, its manifest read; its files are verified when they are loaded."""

    manifest: PackManifest
    folder: Path

    @property
    def name(self) -> str:
        """Return the pack's name."""
        return self.manifest.name

    @property
    def digest(self) -> Digest:
        """Return the name of this exact pack."""
        return self.manifest.digest
