"""What rules between FHIR's elements are made of: small predicates over one object.

Each takes an object as it stands in JSON; an element that is not there, or of another type, is
another rule's. An element is there, too, when only an extension beside it says why it has no value.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Json = Any
Object = Mapping[str, Json]
Holds = Callable[[Object], bool]


def has(value: Object, name: str) -> bool:
    """Whether an element is there; `name[x]` is a choice of types."""
    plain = name.removesuffix("[x]")
    if plain == name:
        return name in value or f"_{name}" in value
    return any(_is_choice(key.lstrip("_"), plain) for key in value)


def _is_choice(key: str, plain: str) -> bool:
    return key.startswith(plain) and key[len(plain) : len(plain) + 1].isupper()


def any_of(*names: str) -> Holds:
    """At least one of them is there."""
    return lambda value: any(has(value, name) for name in names)


def one_of(*names: str) -> Holds:
    """Exactly one of them is there."""
    return lambda value: sum(has(value, name) for name in names) == 1


def at_most_one(*names: str) -> Holds:
    """One of them at most is there."""
    return lambda value: sum(has(value, name) for name in names) <= 1


def needs(name: str, *others: str) -> Holds:
    """An element says nothing without one of the others."""
    return lambda value: not has(value, name) or any(has(value, other) for other in others)


def not_both(one: str, other: str) -> Holds:
    """Two elements contradict each other."""
    return lambda value: not (has(value, one) and has(value, other))


def together(one: str, other: str) -> Holds:
    """Both are there, or neither."""
    return lambda value: has(value, one) == has(value, other)


def only_where(name: str, place: str, *values: Json) -> Holds:
    """An element stands only where another has one of these values."""
    return lambda value: not has(value, name) or value.get(place) in values


def where(place: str, told: Json, holds: Holds) -> Holds:
    """A rule that counts only where an element has this value."""
    return lambda value: value.get(place) != told or holds(value)


def never(name: str, told: Json) -> Holds:
    """An element never has this value here."""
    return lambda value: value.get(name) != told


def without(*names: str) -> Holds:
    """None of them is there."""
    return lambda value: not any(has(value, name) for name in names)


def each(path: str, *rules: Holds) -> Holds:
    """Rules of every object at a path (`setup.action`)."""
    return lambda value: all(rule(item) for item in at(value, path) for rule in rules)


def deep(children: str, *rules: Holds) -> Holds:
    """Rules of every object of a tree: its children, and theirs."""
    return lambda value: all(rule(item) for item in tree(value, children) for rule in rules)


def distinct(path: str, *names: str) -> Holds:
    """No two objects at a path say the same in these elements; what says nothing is left out."""

    def holds(value: Object) -> bool:
        told = [tuple(item.get(name) for name in names) for item in at(value, path)]
        written = [str(each) for each in told if None not in each]
        return len(set(written)) == len(written)

    return holds


def at(value: Object, path: str) -> Iterator[Object]:
    """Yield the objects at a path, through lists."""
    name, _, rest = path.partition(".")
    found = value.get(name)
    for item in found if isinstance(found, list) else [found]:
        if isinstance(item, dict):
            yield from at(item, rest) if rest else (item,)


def tree(value: Object, children: str) -> Iterator[Object]:
    """Yield every object of a tree, however deep, parents before their children."""
    left = list(at(value, children))[::-1]
    while left:
        item = left.pop()
        yield item
        left += list(at(item, children))[::-1]


def codes(value: Object, path: str) -> set[Json]:
    """Return the codes of a concept."""
    return {str(coding["code"]) for coding in at(value, f"{path}.coding") if "code" in coding}
