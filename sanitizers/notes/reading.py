"""Reading a text for the features of a ransom note; nearly all texts are let go after one look."""

from sanitizers.notes.features import Feature, features_of, may_be_a_note
from sanitizers.notes.plain import plain_words

LARGEST = 256 * 1024


def note_features(view: bytes) -> frozenset[Feature]:
    """Return the features that a text in UTF-8 has; none where it is larger than any note."""
    if len(view) > LARGEST or not may_be_a_note(view.lower()):
        return frozenset()
    return features_of(plain_words(view))
