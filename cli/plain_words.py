"""Words on the command line that are kept or compared as text: they have to be text."""

from collections.abc import Sequence

from custody.errors import UsageError

# Paths are bytes, and may hold any; these name people, places and patterns.
_WORDS = frozenset(
    {
        *("--case", "--site", "--host", "--service", "--source", "--service-map"),
        *("--only", "--exclude", "--as", "--reason", "--scanner", "--rule", "--role"),
    }
)


def check_words(arguments: Sequence[str]) -> None:
    """Refuse words with bytes that are no UTF-8, which no ledger and no database takes.

    Raises:
        UsageError: there is one, by its option.
    """
    for place, argument in enumerate(arguments):
        option, _, value = argument.partition("=")
        if option not in _WORDS:
            continue
        word = value or "".join(arguments[place + 1 : place + 2])
        if not _is_text(word):
            raise UsageError(
                f"what {option} says holds bytes that are no UTF-8",
                next_step="write it in UTF-8; in a pattern, ? stands for such a byte",
            )


def _is_text(word: str) -> bool:
    try:
        word.encode()
    except UnicodeEncodeError:
        return False
    return True
