"""The ransom_notes scanner: texts that tell a victim how to pay, by what they say.

It looks at texts, web pages, scripts and RTF. The weak evidence of a name is joined where names are
judged; rules of a pack may find notes too, by their own means.
"""

from custody.finding import Finding, FindingKind, Severity
from custody.outcome import Coverage, NotScanned, Outcome, Scanned
from formats.families import RTF
from sanitizers.interface import Opened
from sanitizers.notes.features import Feature, features_of, is_note
from sanitizers.notes.plain import plain_words_of_rtf

NAME = "ransom_notes"
_CERTAIN = 6


class RansomNotes:
    """Counts the features of ransom notes in texts."""

    name = NAME
    version = "1"

    def scan(self, opened: Opened) -> Outcome:
        """Return the note that a text is, if it is one. Larger texts and other types are none."""
        if not opened.whole:
            return NotScanned(
                scanner=NAME, reason=f"larger than {opened.limits.most_content_bytes} bytes"
            )
        features = _features(opened)
        findings = (_finding(features),) if is_note(features) else ()
        return Scanned(
            scanner=NAME, version=self.version, coverage=Coverage.WHOLE, findings=findings
        )


def _features(opened: Opened) -> frozenset[Feature]:
    if opened.media_type == RTF.media_type:
        return features_of(plain_words_of_rtf(opened.content))
    return opened.report.note


def _finding(features: frozenset[Feature]) -> Finding:
    said = sorted(feature.value for feature in features)
    return Finding(
        scanner=NAME,
        rule="ransom-note",
        kind=FindingKind.RANSOM_NOTE,
        severity=Severity.MALICIOUS if len(features) > _CERTAIN else Severity.SUSPICIOUS,
        detail=f"{len(features)} of {len(Feature)}: {', '.join(said)}"[:300],
    )
