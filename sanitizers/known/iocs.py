"""A CERT's indicators: hashes and names out of a list, a CSV, MISP or STIX, with their TLP."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, unique
from fnmatch import fnmatchcase
from typing import Any

from custody.digest import Digest, digest_of
from custody.errors import UsageError

KINDS = {32: "md5", 40: "sha1", 64: "sha256"}
MOST_BYTES = 64 << 20
MOST_ENTRIES = 1_000_000
LONGEST_NAME = 255
EMPTY = frozenset(
    {
        "d41d8cd98f00b204e9800998ecf8427e",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        digest_of(b""),
    }
)
_HASH = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9a-fA-F]{64}|[0-9a-fA-F]{40}|[0-9a-fA-F]{32})(?![0-9A-Za-z])"
)
_TLP = re.compile(r"TLP[:_ ]?(RED|AMBER(?:\+STRICT)?|GREEN|CLEAR|WHITE)", re.IGNORECASE)
_STIX = re.compile(r"file:(?:hashes\.'?[\w-]+'?|name)\s*=\s*'((?:[^'\\]|\\.)*)'")
# Notes are called "How to decrypt.txt": a name has spaces between its words.
_NAMED = re.compile(r"[^\s/\\<>|\"](?:[^\s/\\<>|\"]| (?! ))*\.[^\s/\\<>|\".]{1,40}")
# A network address also has dots in it; it names no file. With a sign of mail it names one where it
# ends as files do.
_ADDRESS = re.compile(
    r"\w+://.*|[\d.]+(?::\d+)?|(?=.*:)[\d.:a-f]+|.*\[\.\].*"
    r"|[^@\s]+@[^@\s]+\.(?!(?:txt|html?|hta|exe|dll|scr|js|vbs|bat|cmd|ps1|lnk|zip|rar|7z|pdf|png"
    r"|jpg|bmp|docx?|xlsx?|rtf|msi|iso|img)\Z)[^@\s.]+"
)
_STIX_TLP = {
    "613f2e26-407d-48c7-9eca-b8e91df99dc9": "CLEAR",
    "34098fce-860f-48ae-8e50-ebd3cc5e41da": "GREEN",
    "f88d31f6-486f-44da-b317-01333bde0b82": "AMBER",
    "5e57c739-391a-4eb3-b6be-7d15ca92d5ed": "RED",
}


@unique
class Tlp(Enum):
    """How far indicators may be passed on, the freest first."""

    CLEAR = "CLEAR"
    GREEN = "GREEN"
    AMBER = "AMBER"
    AMBER_STRICT = "AMBER+STRICT"
    RED = "RED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicators:
    """Hashes in small hexadecimal letters, and names in small letters with * and ? in them.

    `unused` counts what is neither: addresses, registry keys, and the hashes of the empty file.
    """

    hashes: frozenset[str]
    names: tuple[str, ...]
    tlp: Tlp
    unused: int = 0

    @property
    def kinds(self) -> frozenset[str]:
        """The hash functions that the hashes are of."""
        return frozenset(KINDS[len(each)] for each in self.hashes)

    def name(self, path: bytes) -> bool:
        """Whether the last part of a path is one of the names."""
        last = path.rpartition(b"/")[2].decode("utf-8", "replace").casefold()
        return any(fnmatchcase(last, pattern) for pattern in self.names)

    def encode(self) -> bytes:
        """Return the canonical JSON bytes that the set's digest is taken over."""
        content = {"hashes": sorted(self.hashes), "names": list(self.names), "tlp": self.tlp.value}
        return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()

    @property
    def digest(self) -> Digest:
        """Return the name of exactly these indicators."""
        return digest_of(self.encode())


def decode(content: bytes) -> Indicators:
    """Return indicators from the bytes that `encode` gave; they were checked by their digest."""
    said = json.loads(content)
    return Indicators(
        hashes=frozenset(said["hashes"]), names=tuple(said["names"]), tlp=Tlp(said["tlp"])
    )


def read_indicators(content: bytes, least: Tlp | None = None) -> Indicators:
    """Read what a CERT sent; its TLP is the strictest that is said in it or given as `least`.

    Without any word it counts as AMBER.

    Raises:
        UsageError: there is neither a hash nor a name in it, or far too much.
    """
    if len(content) > MOST_BYTES:
        raise UsageError(
            "the file is too large for indicators", next_step="cut it into smaller ones"
        )
    text = content.decode("utf-8-sig", "replace")
    document = _json(text)
    values = list(_lines(text) if document is None else _values(document))
    said = [*_tlps(text), *_stix_tlps(text), *((least,) if least else ())]
    tlp = max(said or [Tlp.AMBER], key=list(Tlp).index)
    return _gathered(values, tlp)


def _gathered(values: Iterable[str], tlp: Tlp) -> Indicators:
    hashes: set[str] = set()
    names: dict[str, None] = {}
    unused = 0
    for value in values:
        found = {each.lower() for each in _HASH.findall(value)}
        name = value.strip().casefold()
        if found:
            hashes |= found - EMPTY
            unused += len(found & EMPTY)
        elif _is_name(name):
            names[name.replace("[", "[[]")] = None
        elif name:
            unused += 1
    if not hashes and not names:
        raise UsageError(
            "there is neither a hash nor a name of a file in it",
            next_step="give a plain list, a CSV, a MISP event or a STIX bundle",
        )
    if len(hashes) + len(names) > MOST_ENTRIES:
        raise UsageError(
            "there are too many indicators", next_step="cut the file into smaller ones"
        )
    return Indicators(hashes=frozenset(hashes), names=tuple(names), tlp=tlp, unused=unused)


def _is_name(text: str) -> bool:
    """Whether a text names a file; one that would fit every file names none."""
    if len(text) > LONGEST_NAME or not text.isprintable() or _ADDRESS.fullmatch(text):
        return False
    if text.startswith("*."):
        return text.count("*") == 1 and len(text) > 4 and bool(_NAMED.fullmatch("x" + text[1:]))
    return "*" not in text.partition(".")[0] and bool(_NAMED.fullmatch(text))


def _json(text: str) -> Any:
    if text.lstrip()[:1] not in {"{", "["}:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(
            "the file is broken JSON", next_step="get it from the CERT again"
        ) from error


def _lines(text: str) -> Iterator[str]:
    """Yield the hashes of each line, or its first field; comments and headings are neither."""
    for line in text.splitlines():
        plain = line.strip().strip('"')
        if not plain or plain.startswith("#"):
            continue
        found = _HASH.findall(plain)
        yield from found or (re.split(r"[,;\t]", plain)[0].strip('" '),)


def _values(document: Any) -> Iterator[str]:
    """Yield the values of MISP attributes and the texts within STIX patterns, wherever they lie."""
    waiting = [document]
    while waiting:
        here = waiting.pop()
        if isinstance(here, list):
            waiting += here
        elif isinstance(here, dict):
            waiting += [v for v in here.values() if isinstance(v, list | dict)]
            if isinstance(here.get("pattern"), str):
                found = _STIX.findall(here["pattern"])
                yield from found or (here["pattern"],)
            elif isinstance(here.get("value"), str) and isinstance(here.get("type"), str):
                yield from _attribute(here["type"], here["value"])


def _attribute(kind: str, value: str) -> Iterator[str]:
    """Yield a MISP attribute's value; `filename|sha256` holds two, and the hash alone is exact."""
    hashes = _HASH.findall(value)
    if hashes:
        yield from hashes
    elif kind == "filename":
        yield value
    else:
        yield f"{kind}://"


def _tlps(text: str) -> Iterator[Tlp]:
    for said in _TLP.findall(text):
        word = said.upper()
        yield Tlp("CLEAR" if word == "WHITE" else word)


def _stix_tlps(text: str) -> Iterator[Tlp]:
    return (Tlp(word) for marking, word in _STIX_TLP.items() if marking in text)
