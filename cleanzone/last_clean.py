"""The last clean version of a path: which one of its snapshots comes back, and why no newer. Pure.

Versions are ordered by when their snapshot was taken, never by the times of files: an attacker sets
those. What stands in the way of a newer version never hides an older one that is clean.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, unique

from custody.digest import Digest
from custody.lifecycle import Stage
from custody.verdict import Verdict

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@unique
class Mark(Enum):
    """What a person should know of a version that comes back."""

    OLDER = "older-than-newest"
    CHANGED = "changed-after-intrusion"
    GONE = "gone-from-newest-snapshot"
    DECRYPTED = "decryptor-output"
    STAND_IN = "copy-or-accepted-records"
    DIFFERS = "differs-from-reference"


@unique
class Gap(Enum):
    """Why nothing comes back for a path; the first that fits one of its versions says it."""

    WAITING = "waiting"
    LOST = "lost"
    KEPT_OUT = "kept-out"
    UNREAD = "unread"
    EXCLUDED = "excluded"
    NO_CONTENT = "no-content"
    LATER = "after-the-cut-off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One image of a volume, or what a decryptor made of one; `number` tells those of one moment.

    Without a declared time `taken_at` is when it was read, and it is never compared with another.
    """

    source_id: str
    taken_at: datetime
    number: int
    decryptor: str = ""

    @property
    def rank(self) -> tuple[datetime, bool, int]:
        """The newest has the highest; of one moment the image as found stands above its rescue."""
        return (self.taken_at, not self.decryptor, self.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A path in one snapshot. `enters` is the content that may be handed back for it, if any.

    `against` says why none may: the verdict's reasons, a recall, a rejection. `contentless` is what
    never had content to take: a link, a pipe, a device.
    """

    snapshot: Snapshot
    entry_id: int
    stage: Stage
    verdict: Verdict | None
    digest: Digest | None
    enters: Digest | None
    mtime_ns: int
    against: str = ""
    contentless: bool = False

    @property
    def stand_in(self) -> bool:
        """Whether a disarmed copy or the accepted records stand for it."""
        return self.enters is not None and self.enters != self.digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """The snapshots of one volume and the times that its case has; all of them aware UTC."""

    snapshots: Sequence[Snapshot]
    until: datetime | None = None
    intrusion: datetime | None = None

    def covers(self, snapshot: Snapshot) -> bool:
        """Whether a snapshot may be restored from."""
        return self.until is None or snapshot.taken_at <= self.until

    @property
    def newest(self) -> Snapshot | None:
        """The newest image that may be restored from; a decryptor's output is none."""
        images = [s for s in self.snapshots if self.covers(s) and not s.decryptor]
        return max(images, key=lambda snapshot: snapshot.rank, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What comes back for a path (`chosen`), or why nothing does (`gap`).

    `passed` are the newer versions that do not, newest first.
    """

    chosen: Version | None
    gap: Gap | None
    passed: tuple[Version, ...]
    marks: tuple[Mark, ...] = ()


def choose(volume: Volume, versions: Iterable[Version]) -> Choice:
    """Return the last clean version of one path.

    Raises:
        ValueError: there is no version, and so no path.
    """
    every = sorted(versions, key=lambda version: version.snapshot.rank, reverse=True)
    if not every:
        raise ValueError("a path stands in a snapshot at least")
    asked = [version for version in every if volume.covers(version.snapshot)]
    if not asked:
        return Choice(chosen=None, gap=Gap.LATER, passed=tuple(every))
    at = next((n for n, version in enumerate(asked) if version.enters is not None), None)
    if at is None:
        gaps = {_gap(version) for version in asked}
        gap = next(gap for gap in Gap if gap in gaps)
        return Choice(chosen=None, gap=gap, passed=tuple(asked))
    chosen = asked[at]
    marks = tuple(_marks(volume, asked, chosen))
    return Choice(chosen=chosen, gap=None, passed=tuple(asked[:at]), marks=marks)


def changed_since(volume: Volume, versions: Sequence[Version], chosen: Version) -> bool:
    """Whether a version may have been changed by whoever broke in.

    It was when its file says so, and also when a snapshot from before the intrusion does not hold
    the same content at this path: the time of a file is the word of the compromised machine.
    """
    intrusion = volume.intrusion
    if intrusion is None or chosen.snapshot.taken_at < intrusion:
        return False
    if EPOCH + timedelta(microseconds=chosen.mtime_ns // 1000) >= intrusion:
        return True
    before = [s for s in volume.snapshots if s.taken_at < intrusion]
    same = (v for v in versions if v.snapshot.taken_at < intrusion and v.digest == chosen.digest)
    return bool(before) and next(same, None) is None


def _marks(volume: Volume, versions: Sequence[Version], chosen: Version) -> Iterable[Mark]:
    newest = volume.newest
    if versions[0] is not chosen and versions[0].digest != chosen.digest:
        yield Mark.OLDER
    if changed_since(volume, versions, chosen):
        yield Mark.CHANGED
    if newest is not None and not any(v.snapshot == newest for v in versions):
        yield Mark.GONE
    if chosen.snapshot.decryptor:
        yield Mark.DECRYPTED
    if chosen.stand_in:
        yield Mark.STAND_IN


# What stands in the way at a stage, and else at a verdict.
_BY_STAGE = {
    Stage.EXCLUDED: Gap.EXCLUDED,
    Stage.NOT_TAKEN: Gap.UNREAD,
    Stage.SET_ASIDE: Gap.LOST,
    Stage.REFUSED: Gap.KEPT_OUT,
    Stage.REJECTED: Gap.KEPT_OUT,
    Stage.RECALLED: Gap.KEPT_OUT,
}
_BY_VERDICT = {
    Verdict.ENCRYPTED: Gap.LOST,
    Verdict.DAMAGED: Gap.LOST,
    Verdict.MALICIOUS: Gap.KEPT_OUT,
    Verdict.PROHIBITED: Gap.KEPT_OUT,
}


def _gap(version: Version) -> Gap:
    """Return what stands in the way of one version.

    What is held, or clean and spoken against since, waits: a person may still let it through.
    """
    if version.contentless and version.stage is Stage.NOT_TAKEN:
        return Gap.NO_CONTENT
    if version.stage in _BY_STAGE:
        return _BY_STAGE[version.stage]
    return Gap.WAITING if version.verdict is None else _BY_VERDICT.get(version.verdict, Gap.WAITING)
