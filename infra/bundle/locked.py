"""What of the lock file a user's machine needs: our dependencies and theirs, without the tests'."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_PINNED = re.compile(r"(?m)^([A-Za-z0-9._-]+)==([^\s;\\]+)([^\\\n]*)")
_HASH = re.compile(r"--hash=(sha256:[0-9a-f]{64})")
_COMMENT = re.compile(r"(?m)^\s*#.*\n?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """One distribution of the lock file: its pinned version and the files that may be it."""

    name: str
    version: str
    hashes: frozenset[str]
    requirement: str


def locked_of(text: str) -> dict[str, Locked]:
    """Return the distributions that a lock file pins for this kind of machine, by canonical name.

    A name may be pinned twice, for different versions of Python (PEP 508 markers).

    Raises:
        ValueError: one is pinned without a hash, or twice for one machine.
    """
    text = _COMMENT.sub("", text)
    found: dict[str, Locked] = {}
    for start, end in _blocks(text):
        locked = _locked(text[start:end])
        if locked is not None and found.setdefault(locked.name, locked) is not locked:
            raise ValueError(f"pinned twice: {locked.name}")
    return found


def needed(
    root: str,
    extras: Iterable[str],
    requires: Callable[[str], Iterable[str]],
    lock: Mapping[str, Locked],
) -> list[Locked]:
    """Return what `root` with `extras` needs on this kind of machine, by name.

    `requires` gives the `Requires-Dist` lines of a distribution's metadata.

    Raises:
        LookupError: something needed is not in the lock file.
    """
    found: dict[str, frozenset[str]] = {}
    waiting = [(canonicalize_name(root), frozenset(extras))]
    while waiting:
        name, asked = waiting.pop()
        before = found.get(name)
        if before is not None and asked <= before:
            continue
        found[name] = asked | (before or frozenset())
        waiting += [
            (canonicalize_name(r.name), frozenset(r.extras))
            for r in map(Requirement, requires(name))
            if _applies(r, found[name])
        ]
    missing = sorted(found.keys() - lock.keys() - {canonicalize_name(root)})
    if missing:
        raise LookupError(f"not in the lock file: {', '.join(missing)}")
    return [lock[name] for name in sorted(found) if name in lock]


def _blocks(text: str) -> list[tuple[int, int]]:
    starts = [match.start() for match in _PINNED.finditer(text)]
    return list(zip(starts, [*starts[1:], len(text)], strict=True))


def _locked(block: str) -> Locked | None:
    """Read one block; nothing when its marker leaves this kind of machine out."""
    pinned, hashes = _PINNED.match(block), frozenset(_HASH.findall(block))
    if pinned is None or not hashes:
        raise ValueError(f"pinned without a hash: {block.splitlines()[0]}")
    if not _applies(Requirement(pinned[0].strip()), frozenset()):
        return None
    name = canonicalize_name(pinned[1])
    return Locked(name=name, version=pinned[2], hashes=hashes, requirement=block.strip())


def _applies(requirement: Requirement, extras: frozenset[str]) -> bool:
    """Tell whether a requirement holds here, without an extra or with one of those asked for."""
    if requirement.marker is None:
        return True
    here = {key: str(value) for key, value in default_environment().items()}
    return any(requirement.marker.evaluate({**here, "extra": extra}) for extra in {"", *extras})
