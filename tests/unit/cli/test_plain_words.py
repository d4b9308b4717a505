"""Words that are kept as text, and paths that are bytes."""

import pytest

from cli.plain_words import check_words
from custody.errors import UsageError

LATIN = b"caf\xe9".decode("utf-8", "surrogateescape")


@pytest.mark.parametrize("option", ["--host", "--service", "--exclude", "--only", "--reason"])
def test_a_word_that_is_no_text_is_refused_by_its_option(option):
    """Both spellings of an option are looked at."""
    for arguments in ((option, LATIN), (f"{option}={LATIN}",)):
        with pytest.raises(UsageError, match=option):
            check_words(["recover", *arguments])


def test_paths_may_hold_any_byte():
    """A folder of an old server is a source whatever it is called; texts pass, and an end does."""
    check_words(["recover", LATIN, "--host", "café", "--home", LATIN, "--exclude"])
