import pytest

from cli.subjects import is_beginning


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0123abcd", True),
        ("f" * 64, True),
        ("0123abc", False),
        ("f" * 65, False),
        ("0123ABCD", False),
        ("deadbeef.txt", False),
        ("", False),
    ],
)
def test_a_beginning_of_a_digest_is_long_enough_and_hexadecimal(text, expected):
    """Short or other texts are paths, so that no name is taken for a digest by accident."""
    assert expected is is_beginning(text)
