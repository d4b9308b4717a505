"""What a disarmed page must share with its original, and what it may not have.

Both are read by the parser of the standard library, which knows nothing of how a copy is made.
"""

import re
from hashlib import sha256
from html.parser import HTMLParser

from formats.faults import MalformedError
from formats.text import read_text
from sanitizers.disarming.interface import Measures


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What is never shown: its text is none of the page.
_UNSEEN = frozenset({"script", "style", "iframe", "template"})
_FORBIDDEN = _words(
    """
    script iframe frame frameset object embed applet form base meta template svg math video audio
    source track noscript portal xml isindex keygen marquee bgsound image
    """
)
_TARGETS = _words("href src srcset action formaction background poster data cite longdesc ping")
_PASSIVE = re.compile(
    r"(?:https?://|mailto:|data:image/(?:png|jpe?g|gif|bmp|webp);base64,|(?!//)[^:\\]*(?:[/?#]|\Z))"
)
_SHEET = re.compile(r"\\|/\*|expression|behavior|import|script|url\s*\((?!\s*[\"']?#)")
# A remark as browsers end it, "<!-->" and "--!>" too (WHATWG HTML 13.2.5.44 to 13.2.5.52).
_REMARK = re.compile(r"<!--(?:-?>|(.*?)--!?>)", re.DOTALL)
_SPACE = re.compile(r"[\s\u00a0]+")


def measure(content: bytes) -> Measures:
    """Return digests of the text that is shown, whatever its spaces, and of its own pictures.

    Raises:
        MalformedError: it is no text.
    """
    parser = _Shown()
    parser.read(content)
    return Measures(
        values={
            "text": sha256(_SPACE.sub("", "".join(parser.texts)).encode()).hexdigest(),
            "pictures": sha256("\n".join(parser.pictures).encode()).hexdigest(),
        }
    )


def walk(content: bytes) -> tuple[str, ...]:
    """Return the codes of what is active, each once, in order.

    Raises:
        MalformedError: it is no text.
    """
    parser = _Walk()
    parser.read(content)
    return tuple(sorted(parser.found))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def parse_comment(self, i: int, report: int = 1) -> int:
        """Read the remark that begins here, as browsers do; the library has a way of its own."""
        found = _REMARK.match(self.rawdata, i)
        if found is None:
            return -1
        if report:
            self.handle_comment(found[1] or "")
        return found.end()

    def read(self, content: bytes) -> None:
        """Read a whole page."""
        text = read_text(content)
        if text is None:
            raise MalformedError("not a text in one alphabet")
        try:
            self.feed(text.view.decode().replace("\x00", ""))
            self.close()
        except AssertionError as error:  # how this parser says that a declaration is odd
            raise MalformedError("an odd declaration") from error


class _Shown(_Reader):
    """Collects text, and pictures that are written into the page."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.pictures: list[str] = []
        self._unseen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take a start tag."""
        if tag in _UNSEEN:
            self._unseen.append(tag)
        source = "".join((dict(attrs).get("src") or "").split())
        if tag == "img" and source.lower().startswith("data:image/") and "svg" not in source[:20]:
            self.pictures.append(source)

    def handle_endtag(self, tag: str) -> None:
        """Take an end tag."""
        if self._unseen and self._unseen[-1] == tag:
            self._unseen.pop()

    def handle_data(self, data: str) -> None:
        """Take a piece of text."""
        if not self._unseen:
            self.texts.append(data)


class _Walk(_Reader):
    """Notes what a copy may not have."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self._heads = 1
        self._sheet = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at a start tag; the alphabet is said once, at the beginning."""
        if tag == "meta" and attrs == [("charset", "utf-8")] and self._heads:
            self._heads -= 1
            return
        self._sheet = tag == "style"
        if tag in _FORBIDDEN or not tag.isalnum():
            self.found.add(f"html.element.{_code(tag)}")
        for name, value in attrs:
            self._attribute(tag, name, (value or "").lower())

    def _attribute(self, tag: str, name: str, value: str) -> None:
        plain = "".join(letter for letter in value if letter > " ")
        if name.startswith(("on", "data-")) or ":" in name:
            self.found.add(f"html.attribute.{_code(name)}")
        elif name in _TARGETS and not self._is_passive(tag, name, plain):
            self.found.add(f"html.target.{_code(name)}")
        elif name == "style" and _SHEET.search(value):
            self.found.add("html.style")

    @staticmethod
    def _is_passive(tag: str, name: str, plain: str) -> bool:
        if _PASSIVE.match(plain) is None:
            return False
        if name == "href" and tag in {"a", "area"}:
            return not plain.startswith("data:")
        fetched = not plain.startswith(("http", "mailto:"))
        return fetched and (name, tag) in {("src", "img"), ("src", "input"), ("href", "link")}

    def handle_endtag(self, tag: str) -> None:
        """End a sheet."""
        self._sheet = self._sheet and tag != "style"

    def handle_data(self, data: str) -> None:
        """Look at a sheet."""
        if self._sheet and _SHEET.search(data.lower()):
            self.found.add("html.style")

    def handle_comment(self, data: str) -> None:
        """Note a remark: some browsers read conditions in them."""
        del data
        self.found.add("html.remark")

    def handle_pi(self, data: str) -> None:
        """Note an instruction."""
        del data
        self.found.add("html.instruction")

    def unknown_decl(self, data: str) -> None:
        """Note a marked section."""
        del data
        self.found.add("html.instruction")


def _code(word: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", word[:30]).strip("-") or "odd"
