"""A copy of another type says so in its name; every other copy is called like its original."""

import pytest

from sanitizers.disarming.names import name_of_copy

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
DOCM = "application/vnd.ms-word.document.macroEnabled.12"


@pytest.mark.parametrize(
    ("path", "original", "copy", "expected"),
    [
        (b"a/letter.docm", DOCM, DOCX, b"a/letter.docm.docx"),
        (b"a/letter.doc", "application/msword", DOCX, b"a/letter.doc.docx"),
        (b"a/letter", "application/msword", DOCX, b"a/letter.docx"),
        (b"a/letter.DOCX", DOCM, DOCX, b"a/letter.DOCX"),
        (b"a/letter.docm", DOCX, DOCX, b"a/letter.docm"),
        (b"r\xe9sum\xe9.rtf", "application/rtf", DOCX, b"r\xe9sum\xe9.rtf.docx"),
        (b"a.xyz", "text/x-one", "text/x-other", b"a.xyz"),
    ],
)
def test_the_extension_is_appended_where_the_type_changed(path, original, copy, expected):
    """The old name stays in sight."""
    assert expected == name_of_copy(path, original, copy)
