"""The recovery report: what came back of each service, what is lost, and whether it was an attack.

Pure. The report on a technical failure says "not an attack" only where everything was judged and
nothing speaks for one.
"""

from collections.abc import Mapping
from enum import Enum, unique

from cleanzone.certificate_words import ENGLISH, FRENCH
from cleanzone.recovery_words import RECOVERY_ENGLISH, RECOVERY_FRENCH
from cleanzone.rendering import render_page
from custody.box import Json
from custody.case import CaseKind
from custody.digest import Digest
from custody.verdict import Verdict

WORDS = {"fr": FRENCH | RECOVERY_FRENCH, "en": ENGLISH | RECOVERY_ENGLISH}
SIGNS = (Verdict.MALICIOUS, Verdict.ENCRYPTED, Verdict.SUSPICIOUS)


@unique
class Conclusion(Enum):
    """What a report says of the cause; the declared kind alone never makes it a failure."""

    ATTACK = "attack"
    CONTRADICTED = "failure-contradicted"
    UNPROVEN = "failure-unproven"
    FAILURE = "not-an-attack"


def conclusion(
    kind: CaseKind, verdicts: Mapping[Verdict, int], *, unjudged: int, unfinished: bool
) -> Conclusion:
    """Return what may be said of the cause.

    `verdicts` counts the entries of every snapshot, `unjudged` those that could not be read or
    were excluded, and `unfinished` is whether a run has not ended. No entry at all proves nothing.
    """
    if kind is CaseKind.ATTACK:
        return Conclusion.ATTACK
    if any(verdicts.get(sign, 0) for sign in SIGNS):
        return Conclusion.CONTRADICTED
    judged = sum(verdicts.values())
    if unfinished or unjudged or not judged or verdicts.get(Verdict.INDETERMINATE, 0):
        return Conclusion.UNPROVEN
    return Conclusion.FAILURE


def render_report(report: Mapping[str, Json], language: str, digest: Digest) -> str:
    """Return the page of a report; `digest` is that of its JSON, which the page only shows."""
    words = WORDS[language]
    return render_page("recovery.html", r=dict(report), w=words, language=language, digest=digest)
