"""Where a text stops that no line end closes: in a block, a bracket, a clause, a word.

No form of a text demands an end. Each sign here is one that hardly any writer leaves behind.
"""

import re
from collections import Counter

_LEAST, _LEAST_LINES = 256, 5
_BLOCK = 512
_WORD = re.compile(rb"[A-Za-z\x80-\xff]+")
# Addresses, names of files and numbers are no words.
_LAST_WORD = re.compile(rb"(?<![\w\x80-\xff/=.:@#&\\-])[A-Za-z\x80-\xff]+\Z")
_OPEN = re.compile(rb"(?:[,(\[]|[a-z]-)\Z")
# Signs of programs and of tables, in which brackets are letters like others.
_CODE = re.compile(rb"[][{}<>=\\`$#|]|;[ \t]*(?:\n|\Z)")
_BEFORE_WORD = re.compile(rb"[a-z\x80-\xff,] \Z")
_PARAGRAPH, _LOOK = 4096, 1 << 16
_LETTER_AT_THE_END = re.compile(rb"[a-z\x80-\xff,] ?\Z")
# Two or three letters that a text has within so many of its words, and ends none in.
_LETTERS_AT_THE_END = {2: 4, 3: 2}
_LEAST_VOCABULARY = 60
# How much shorter than a longer word of the same text its beginning is.
_REST = 2
# What a sentence, a value or a block of a program ends in; letters of base64 end in "=".
_WHOLE = re.compile(rb"[.!?:;)}\]>\"'=*_/-]\Z|\xbb\Z|\xe2\x80[\x9c\x9d]\Z")
_PARAGRAPHS = re.compile(rb"(?:\r?\n[ \t]*){2,}+")
_PROSE_WORD = re.compile(rb"(?<![^\s(\"'])[A-Za-z\x80-\xff'-]{2,}(?![^\s,.;:!?)\"'])")
_LEAST_WORDS, _LEAST_PARAGRAPHS, _ENDED = 10, 4, 0.95
_SENTENCE = re.compile(rb"[.!?:;](?=\s)")
_LEAST_OF_A_SENTENCE = 4
_ENDS = (b"\n", b"\r", b"\x1a", b"\x00", b"\x0c", b"\x85")
# Words that no sentence ends in: English, French, Dutch, German.
_LEADING = frozenset(
    b"the a an of to and or by with from as is are was were be that which if than "
    b"le la les de du des un une et ou en dans par pour avec au aux que qui ne est sont "
    b"het een van en te met voor dat der die das und oder ein eine von mit zu den dem".split()
)


def why_cut(content: bytes) -> str:
    """Return what says that a text goes on beyond its last byte, empty when nothing does."""
    if len(content) < _LEAST or content.endswith(_ENDS):
        return ""
    lines = content.splitlines()
    if len(lines) < _LEAST_LINES:
        return ""
    last = lines[-1]
    paragraph = content[-_PARAGRAPH:].replace(b"\r", b"").rsplit(b"\n\n", 1)[-1]
    signs = {
        "the last line fills its block, and does not end": len(content) % _BLOCK == 0
        and b" " in last
        and _WHOLE.search(last) is None,
        "the last line stops in a clause": _OPEN.search(last) is not None,
        "a bracket is not closed": paragraph.count(b"(") > paragraph.count(b")")
        and not _CODE.search(paragraph),
        "the last line stops in a word": _stops_in_a_word(content, last),
        "no other word ends in such letters": _ends_in_odd_letters(content, last),
        "no other line ends in a blank": _BEFORE_WORD.search(last) is not None
        and not any(line.endswith(b" ") for line in lines[:-1]),
        "the last sentence does not end": _stops_in_a_sentence(content),
    }
    return next((reason for reason, holds in signs.items() if holds), "")


def _stops_in_a_word(content: bytes, last: bytes) -> bool:
    """Tell whether the last word stands nowhere else, and is the beginning of one that does."""
    found = _LAST_WORD.search(last)
    if found is None:
        return False
    if found.group() in _LEADING and found.start():
        return True
    word = found.group().lower()
    words = Counter(_WORD.findall(content.lower()))
    longer = len(word) + _REST
    return words[word] == 1 and any(w.startswith(word) and len(w) >= longer for w in words)


def _ends_in_odd_letters(content: bytes, last: bytes) -> bool:
    """Tell whether the last word ends as no other does, in letters that others have within."""
    found = _LAST_WORD.search(last)
    if found is None or found.start() == 0 or not found.group().islower():
        return False
    word = found.group()
    words = set(_WORD.findall(content[: len(content) - len(word)].lower()))
    if len(words) < _LEAST_VOCABULARY or {word, word[:-1], word + b"s"} & words:
        return False
    return any(
        len(word) >= size
        and not any(w.endswith(word[-size:]) for w in words)
        and sum(word[-size:] in w for w in words) >= least
        for size, least in _LETTERS_AT_THE_END.items()
    )


def _stops_in_a_sentence(content: bytes) -> bool:
    """Tell whether a paragraph stops in a word where all others stop in the mark of a sentence."""
    if not _LETTER_AT_THE_END.search(content):
        return False
    *others, last = _PARAGRAPHS.split(content[-_LOOK:])
    prose = [other for other in others if len(_PROSE_WORD.findall(other)) >= _LEAST_WORDS]
    ended = sum(_WHOLE.search(other) is not None for other in prose)
    if len(prose) < _LEAST_PARAGRAPHS or ended < len(prose) * _ENDED:
        return False
    words = len(_PROSE_WORD.findall(_SENTENCE.split(last)[-1]))
    return words >= _LEAST_OF_A_SENTENCE and len(_PROSE_WORD.findall(last)) >= _LEAST_WORDS
