"""What is called in a statement: names before a parenthesis, held against an allow-list."""

from collections.abc import Sequence

from formats.sql.tokens import Is, Token
from formats.sql.vocabulary import CALLABLE, LISTING, PACKAGES, REACHING

_NAMES = (Is.WORD, Is.NAME)
_DOT = b"."
_NEAR = 8


def reaching_call(tokens: Sequence[Token]) -> Token | None:
    """Return the first name of what reads files, runs programs or connects, where it is called."""
    for place, token in enumerate(tokens):
        if token.what not in _NAMES:
            continue
        name = _name(token)
        if name in REACHING and (
            name.startswith(PACKAGES)
            or (_opens(tokens, place + 1) and not _is_listed(tokens, place))
        ):
            return token
    return None


def unknown_call(tokens: Sequence[Token]) -> Token | None:
    """Return the first name before a parenthesis that is neither known nor a table's or a key's."""
    for place, token in enumerate(tokens):
        if token.what is not Is.OPEN or place == 0:
            continue
        called = tokens[place - 1]
        if called.what not in _NAMES or (called.what is Is.WORD and called.word in CALLABLE):
            continue
        if not _is_listed(tokens, place - 1) and not _is_prefix(tokens, place):
            return called
    return None


def _name(token: Token) -> bytes:
    return token.word if token.what is Is.WORD else token.text[1:-1].upper()


def _opens(tokens: Sequence[Token], place: int) -> bool:
    return place < len(tokens) and tokens[place].what is Is.OPEN


def _is_listed(tokens: Sequence[Token], place: int) -> bool:
    """Whether a name, with what qualifies it, stands behind a word that a list follows."""
    while place >= 2 and tokens[place - 1].text == _DOT:
        place -= 2
    if place < 1:
        return False
    before = tokens[place - 1].word
    if before == b"ON":
        # Of an index; in a join a call may stand there.
        return any(token.word == b"INDEX" for token in tokens[:_NEAR])
    return before in LISTING


def _is_prefix(tokens: Sequence[Token], place: int) -> bool:
    """Whether a key of MySQL names the first letters of a column: (`note`(10))."""
    if not tokens[place - 1].text.startswith(b"`") or tokens[0].word not in (b"CREATE", b"ALTER"):
        return False
    inside = tokens[place + 1 : place + 3]
    return [token.what for token in inside] == [Is.NUMBER, Is.CLOSE]
