"""One document is one record: accepted as it is, or refused with every reason against it."""

from collections.abc import Callable, Iterator

from schemas.clinical.tree import Element, prolog_reasons, read_tree
from schemas.dates import Moment, moment_of
from schemas.interface import Extract, Reason, Record, Run, Said

Against = Callable[[Element, Moment], Iterator[Reason]]


def judged_whole(extract: Extract, against: Against) -> Iterator[Said]:
    """Yield the one document of an extract; `against` says what a schema has against its root."""
    content = bytes(extract.content)
    reasons = tuple(dict.fromkeys(_reasons(content, moment_of(extract.today), against)))
    if reasons:
        yield Record(number=1, offset=0, size=len(content), reasons=reasons)
    elif content:
        yield Run(number=1, count=1, offset=0, size=len(content))


def _reasons(content: bytes, now: Moment, against: Against) -> Iterator[Reason]:
    root = read_tree(content)
    if isinstance(root, Reason):
        yield root
        return
    yield from prolog_reasons(content)
    yield from against(root, now)
