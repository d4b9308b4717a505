"""Reads a page that we rendered ourselves into headings, paragraphs and tables.

It knows the few tags that our templates use, and refuses others: what is not understood would be
missing on paper. The values in a page are escaped, so that no value is ever taken for a tag.
"""

from dataclasses import dataclass, field
from html.parser import HTMLParser

from cleanzone.printing.fonts import Font, shown

SKIPPED = {"head", "style", "title"}
KNOWN = {"html", "body", "meta", "h1", "h2", "p", "table", "tr", "th", "td", "code", *SKIPPED}
BOXED = "alarm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Some text in one font."""

    text: str
    font: Font


Cell = tuple[Run, ...]


@dataclass(slots=True, kw_only=True)
class Block:
    """A heading (`tag` h1 or h2), a paragraph (p) or a table, whose rows are cells.

    Headings and paragraphs have one row of one cell. `boxed` is what nobody may overlook.
    """

    tag: str
    rows: list[list[Cell]] = field(default_factory=list)
    boxed: bool = False


def read_page(page: str) -> list[Block]:
    """Return the blocks of a page in their order.

    Raises:
        ValueError: the page has a tag that is not known.
    """
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader.blocks


class _Reader(HTMLParser):
    """Collects blocks; text outside of them is only the space between tags."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[Block] = []
        self._open: list[str] = []
        self._runs: list[Run] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in KNOWN:
            raise ValueError(f"the page has a tag that cannot be printed: {tag}")
        if tag == "meta":
            return
        self._open.append(tag)
        if tag in {"h1", "h2", "p", "table"}:
            self.blocks.append(Block(tag=tag, boxed=dict(attrs).get("class") == BOXED))
        if tag in {"h1", "h2", "p", "tr"}:
            self.blocks[-1].rows.append([])

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            raise ValueError(f"the page closes {tag}, which is not open")
        if tag in {"h1", "h2", "p", "th", "td"}:
            self.blocks[-1].rows[-1].append(_tidied(self._runs))
            self._runs = []

    def handle_data(self, data: str) -> None:
        inside = set(self._open)
        if inside & SKIPPED or not inside & {"h1", "h2", "p", "th", "td"}:
            return
        bold = inside & {"h1", "h2", "th"} or (self.blocks[-1].boxed)
        font = Font.MONO if "code" in inside else Font.BOLD if bold else Font.SANS
        self._runs.append(Run(text=data, font=font))


def _tidied(runs: list[Run]) -> Cell:
    """Return the runs with single spaces between words, as a browser shows them."""
    tidy: list[Run] = []
    for run in runs:
        words = " ".join(run.text.split())
        text = f"{' ' if run.text[:1].isspace() else ''}{words}"
        text += " " if words and run.text[-1:].isspace() else ""
        tidy.append(Run(text=shown(text), font=run.font))
    return tuple(run for run in tidy if run.text)
