"""The documents that a record keeps within itself: messages, resources, letters, cards, studies."""

from collections.abc import Callable, Iterator

from formats.faults import LimitError, MalformedError
from formats.text import read_text
from sanitizers.containers.embedded import cards, messages, resources, trees
from sanitizers.containers.embedded.decoding import Field, documents_in
from sanitizers.containers.unpacked import Unpacked
from sanitizers.limits import Limits

Unpack = Callable[[bytes, Limits], Iterator[Unpacked]]


def unpack_xml(content: bytes, limits: Limits) -> Iterator[Unpacked]:
    """Yield the documents in a clinical document, or any other XML.

    Raises:
        FormatError: it cannot be read, or holds too many.
    """
    yield from _documents(trees.fields(content), limits)


def of_text(fields: Callable[[str], Iterator[Field]]) -> Unpack:
    """Return the reader of records that are text."""

    def unpack(content: bytes, limits: Limits) -> Iterator[Unpacked]:
        text = read_text(content)
        if text is None:
            raise MalformedError("no text stands here")
        yield from _documents(fields(text.view.decode("utf-8", "replace")), limits)

    return unpack


unpack_messages = of_text(messages.fields)
unpack_resources = of_text(resources.fields)
unpack_cards = of_text(cards.fields)


def _documents(fields: Iterator[Field], limits: Limits) -> Iterator[Unpacked]:
    number = 0
    for field in fields:
        for document in documents_in(field):
            number += 1
            if number > limits.most_members:
                raise LimitError(f"more than {limits.most_members} documents")
            yield document
