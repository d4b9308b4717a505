"""What judged an artefact: scanner versions, rule packs and limits, as one digest."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from custody.digest import Digest, digest_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The instruments of an inspection. Two equal profiles give equal outcomes on equal bytes."""

    scanners: Mapping[str, str]
    rule_packs: Mapping[str, str]
    limits: Mapping[str, int]
    sandboxed: bool

    def encode(self) -> bytes:
        """Return the canonical JSON bytes that the digest is taken over."""
        content = {
            "limits": dict(self.limits),
            "rule_packs": dict(self.rule_packs),
            "sandboxed": self.sandboxed,
            "scanners": dict(self.scanners),
        }
        return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()

    @property
    def digest(self) -> Digest:
        """Return the name of this profile."""
        return digest_of(self.encode())
