"""The built-in scanners, and how the two lanes run them over one sample.

A sample is looked at in one lane only: where its type says so. The resident lane runs no native
parser; it sniffs, and either runs all scanners or says that the forked lane has to.
"""

from custody.box import Lane
from custody.outcome import Inspection
from sanitizers.examining import SecondOpinion, examine
from sanitizers.interface import Opened, Scanner
from sanitizers.limits import DEFAULT_LIMITS, Limits
from sanitizers.scanners.active_content import ActiveContent
from sanitizers.scanners.encryption import Encryption
from sanitizers.scanners.file_type import FileType
from sanitizers.scanners.integrity import Integrity
from sanitizers.scanners.ransom_notes import RansomNotes
from sanitizers.sniffing import open_sample

BUILT_IN: tuple[Scanner, ...] = (
    FileType(),
    Integrity(),
    Encryption(),
    RansomNotes(),
    ActiveContent(),
)


def look_resident(opened: Opened) -> Inspection | None:
    """Return the outcomes of the built-in scanners; None when the forked lane has to give them."""
    if opened.report.lane is Lane.FORKED:
        return None
    return _look(opened)


def look_forked(
    view: bytes | memoryview,
    limits: Limits = DEFAULT_LIMITS,
    opinion: SecondOpinion | None = None,
) -> Inspection:
    """Return the outcomes of all built-in scanners, native parsers included."""
    return _look(examine(open_sample(view, limits), opinion))


def _look(opened: Opened) -> Inspection:
    outcomes = tuple(scanner.scan(opened) for scanner in BUILT_IN)
    return Inspection(media_type=opened.media_type, outcomes=outcomes)
