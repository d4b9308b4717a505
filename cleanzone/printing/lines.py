"""Breaks runs of text into lines of a width; a word that is wider than a line is cut."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cleanzone.printing.fonts import Font, width
from cleanzone.printing.page_text import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Some text of one font at a place in its line, in points from the left."""

    x: float
    text: str
    font: Font


Line = tuple[Piece, ...]
# A sum of widths, word by word, is not to the last bit that of the whole.
TOLERANCE = 0.01


def natural_width(runs: Iterable[Run], size: float) -> float:
    """Return how wide runs are on one line."""
    return sum(width(run.text, run.font, size) for run in runs)


def lines_of(runs: Iterable[Run], size: float, most: float) -> list[Line]:
    """Return runs as lines of at most a width; no runs are no line."""
    lines: list[list[Piece]] = []
    at = most
    for text, font in _words(runs):
        for part in _parts(text, font, size, most):
            begins = not lines or (
                at + width(part.rstrip(" "), font, size) > most + TOLERANCE and part != " "
            )
            if begins:
                lines.append([])
                at = 0.0
            if here := part.lstrip(" ") if begins else part:
                lines[-1].append(Piece(x=at, text=here, font=font))
                at += width(here, font, size)
    return [_joined(line) for line in lines]


def _words(runs: Iterable[Run]) -> Iterator[tuple[str, Font]]:
    """Yield the words of runs, each with the space before it."""
    for run in runs:
        start = 0
        for at, letter in enumerate(run.text):
            if letter == " " and at > start:
                yield run.text[start:at], run.font
                start = at
        if start < len(run.text):
            yield run.text[start:], run.font


def _parts(word: str, font: Font, size: float, most: float) -> Iterator[str]:
    while width(word, font, size) > most and len(word) > 1:
        fits = 1
        while width(word[: fits + 1], font, size) <= most:
            fits += 1
        yield word[:fits]
        word = word[fits:]
    yield word


def _joined(pieces: Iterable[Piece]) -> Line:
    """Put together what stands side by side in one font, so that texts can be searched for."""
    joined: list[Piece] = []
    for piece in pieces:
        if joined and joined[-1].font is piece.font:
            last = joined.pop()
            joined.append(Piece(x=last.x, text=last.text + piece.text, font=last.font))
        else:
            joined.append(piece)
    return tuple(joined)
