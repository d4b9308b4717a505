"""Canaries: small contents that a scanner must object to, or nothing that it says is believed.

Each is put together here from harmless parts: a header without a program, a block of zeros, an
empty object, the EICAR text in two halves so that no file of ours holds it whole.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from custody.errors import RulesError
from custody.finding import FindingKind
from custody.outcome import Inspection, Outcome, Scanned

# Joined when this is run: a plain sum of constants would stand whole in the compiled file.
EICAR = b"".join((b"X5O!P%@AP[4\\PZX54(P^)7CC)7}", b"$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"))
MARKER = b"autoclave canary f2a7c1 content"
MARKER_NAME = b"canary.txt"
PACK_FILE = "autoclave/eicar.yar"
CONTENT_RULES = (
    (EICAR, f"{PACK_FILE}:eicar_test_file"),
    (MARKER, f"{PACK_FILE}:autoclave_canary_content"),
)
NAME_RULE = f"{PACK_FILE}:autoclave_canary_name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """Content in which one scanner has to find something of one kind."""

    scanner: str
    content: bytes
    kind: FindingKind


_NOTE = (
    b"All your files are encrypted. To decrypt them pay in bitcoin. This is a canary of Autoclave."
    b" Use Tor Browser and canary.onion. Your personal id: canary. Do not rename anything."
)


def _striped_text() -> bytes:
    noise = b"".join(hashlib.sha256(b"%d" % number).digest() for number in range(512))
    words = b"a letter without anything to hide  " * 300
    stripes = (noise[at : at + 64] + words[at : at + 64] for at in range(0, len(noise), 64))
    return b"".join(stripes)


BUILT_IN: tuple[Canary, ...] = (
    Canary(
        scanner="file_type",
        content=b"MZ" + bytes(58) + b"\x40\0\0\0" + b"PE\0\0" + bytes(256),
        kind=FindingKind.PROHIBITED,
    ),
    Canary(scanner="integrity", content=bytes(8192), kind=FindingKind.DAMAGE),
    # A text of which every second stretch of bytes was replaced by noise, made by counting.
    Canary(scanner="encryption", content=_striped_text(), kind=FindingKind.ENCRYPTION),
    Canary(scanner="ransom_notes", content=_NOTE, kind=FindingKind.RANSOM_NOTE),
    Canary(
        scanner="active_content",
        content=b"{\\rtf1{\\object\\objemb{\\*\\objdata 00}}}",
        kind=FindingKind.ACTIVE,
    ),
)


def missed(look: Callable[[bytes], Inspection | None], canaries: Iterable[Canary]) -> str:
    """Return the scanner of the first canary that was not found; empty if all were.

    A canary that this lane leaves to the other (None) says nothing here.
    """
    for canary in canaries:
        inspection = look(canary.content)
        if inspection is not None and not _found(inspection.outcomes, canary):
            return canary.scanner
    return ""


def must_find_all(scanner_missed: str) -> None:
    """Refuse to start with a blind scanner.

    Raises:
        RulesError: a canary was not found.
    """
    if scanner_missed:
        raise RulesError(
            f"canary not found: {scanner_missed} is blind",
            next_step="install Autoclave and its rules again; nothing can be judged like this",
        )


def _found(outcomes: Iterable[Outcome], canary: Canary) -> bool:
    return any(
        finding.kind is canary.kind
        for outcome in outcomes
        if isinstance(outcome, Scanned) and outcome.scanner == canary.scanner
        for finding in outcome.findings
    )
