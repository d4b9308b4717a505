"""What XML holds of pages and pictures: what a browser runs, whatever document it is in.

An SVG picture is such a document from its root on; a record may have a page in one of its fields
(the narrative of FHIR), and a picture may have one in a foreign object. XML is not repaired by
browsers, so the parser's elements are looked up, and what no list of ours knows is a reason.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from custody.finding import Finding
from formats.markup import Attributes, local_name
from sanitizers.active.html import HTML, SVG, is_elsewhere, look_at_words, unknown_elements
from sanitizers.active.observation import active

SVG_NAMESPACE = "http://www.w3.org/2000/svg"
HTML_NAMESPACE = "http://www.w3.org/1999/xhtml"
# A sheet of styles that lies beside the picture is an artefact of its own; one of transformations
# would make another document of it.
_RULES_OF_STYLE = re.compile(r"\btype\s*=\s*[\"']text/css[\"']")
LOCAL_STYLE = re.compile(r"\bhref\s*=\s*[\"'](?:\./)?[\w.-]+(?:/[\w.-]+)*[\"']")
_LINKS = frozenset({"a", "area"})


@dataclass(slots=True, kw_only=True)
class Drawn:
    """What a browser would make of the elements of one document; `whole` when it is a picture.

    The elements of a whole picture may have no namespace, and its own texts are looked at too.
    """

    whole: bool
    unknown: set[str] = field(default_factory=set)
    values: list[str] = field(default_factory=list)
    rules: set[str] = field(default_factory=set)
    _styles: int = 0

    def start(self, name: str, attributes: Attributes) -> None:
        """Take the beginning of an element; those of other vocabularies do nothing."""
        namespace, _, local = name.rpartition(" ")
        word = local.lower()
        if "xhtml" in namespace:
            known = HTML
        elif namespace == SVG_NAMESPACE or (self.whole and not namespace):
            known = SVG
        else:
            return
        if word not in known:
            self.unknown.add(word)
        self._styles += word == "style"
        for key, value in attributes.items():
            self._take(word, local_name(key).lower(), value)

    def _take(self, word: str, attribute: str, value: str) -> None:
        if attribute == "http-equiv" and value.strip().lower() == "refresh":
            self.rules.add("page-script")
        is_target = attribute == "href" and word not in _LINKS
        if is_target and is_elsewhere(value.strip().lower()):
            self.rules.add("page-external-target")
        self.values.append(f'{"src" if is_target else f" {attribute}"}="{value}"')

    def end(self, name: str) -> None:
        """Take the end of an element."""
        self._styles -= self._styles > 0 and local_name(name).lower() == "style"

    def text(self, text: str) -> None:
        """Take a piece of text: a style sheet fetches, and a picture's texts are all looked at."""
        if self.whole or self._styles:
            self.values.append(text)

    def instruction(self, target: str, content: str) -> None:
        """Take a processing instruction of a picture."""
        if target != "xml-stylesheet":
            self.values.append(f"<?{target}")
        elif not (LOCAL_STYLE.search(content) and _RULES_OF_STYLE.search(content)):
            self.rules.add("xml-stylesheet")

    def findings(self) -> Iterator[Finding]:
        """Yield what a browser would run or fetch, and what is not known as passive."""
        view = "\n".join(self.values).lower()
        found = dict.fromkeys(look_at_words(view, view)) if view else {}
        yield from found
        said = {finding.rule for finding in found}
        yield from (active(rule) for rule in sorted(self.rules - said))
        yield from unknown_elements(self.unknown)
