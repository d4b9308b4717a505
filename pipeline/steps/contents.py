"""What the catalogue knows of the insides of containers, as a judgement needs it."""

from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from catalogue import artefacts, expansions, inspections, profiles, records
from catalogue.expansions import Expansion
from custody.artefact import Derivation
from custody.digest import Digest
from custody.outcome import Inspection
from pipeline.steps.expand import Taken
from pipeline.steps.validated import Validated
from sanitizers.containers.judging import Contents, Expanded, Part
from sanitizers.containers.unpacked import has_parts
from sanitizers.limits import DEFAULT_LIMITS, Limits


def contents_of(
    connection: sa.Connection, known: Mapping[Digest, Inspection], profile: Digest
) -> Contents:
    """Return the parts of those contents that are containers, all the way down.

    Each part's inspection has with it what is said of the records in the part.
    """
    expanded: dict[Digest, Expanded] = {}
    inside: dict[Digest, Inspection] = {}
    sizes: dict[Digest, int] = {}
    level = containers_of(known)
    while level:
        found = {
            d: expanded_of(own) for d, own in expansions.known(connection, level, profile).items()
        }
        expanded |= found
        made = {p.digest for own in found.values() for p in own.parts if p.digest is not None}
        said = inspections.known(connection, made - inside.keys(), profile)
        inside |= said
        placed = artefacts.known(connection, made - sizes.keys())
        sizes |= {digest: at.size for digest, at in placed.items()}
        level = containers_of(said) - expanded.keys()
    used = profiles.get(connection, profile)
    bounds = {} if used is None else used.limits
    contents = Contents(
        expanded=expanded,
        inspections=inside,
        sizes=sizes,
        most_depth=bounds.get("most_depth", DEFAULT_LIMITS.most_depth),
        most_parts=bounds.get("most_parts", DEFAULT_LIMITS.most_parts),
        most_bytes=bounds.get("most_expanded_bytes", DEFAULT_LIMITS.most_expanded_bytes),
    )
    validated = Validated(validations=records.known(connection, inside, profile))
    return validated.inside(contents)


def containers_of(known: Mapping[Digest, Inspection]) -> set[Digest]:
    """Return the contents that have to be taken apart."""
    return {digest for digest, said in known.items() if has_parts(said)}


def looked_through(
    connection: sa.Connection, containers: Iterable[Digest], profile: Digest
) -> set[Digest]:
    """Return those containers that were taken apart with every part inspected, all the way down.

    What trouble of the machine kept from being looked at has to be taken out once more.
    """
    asked = set(containers)
    held: dict[Digest, set[Digest]] = {}
    level, every = asked, set[Digest]()
    while level:
        found = expansions.known(connection, level, profile)
        held |= {d: {r.derived for r in own if r.derived is not None} for d, own in found.items()}
        level = set[Digest]().union(*(held[digest] for digest in found)) - every
        every |= level
    left = every - inspections.judged(connection, every, profile)
    while above := {d for d, parts in held.items() if d not in left and parts & left}:
        left |= above
    return (asked & held.keys()) - left


def expanded_of(own: Iterable[Expansion]) -> Expanded:
    """Return the rows of one container as a judgement takes them."""
    rows = [row for row in own if row.how is Derivation.MEMBER]
    return Expanded(
        parts=tuple(
            Part(ordinal=row.ordinal, digest=row.derived, refusal=row.outcome)
            for row in rows
            if row.ordinal
        ),
        fault=next((row.outcome for row in rows if not row.ordinal), "not taken apart to its end"),
    )


def contents_taken(taken: Taken, limits: Limits = DEFAULT_LIMITS) -> Contents:
    """Return what was just taken apart, for a judgement on the spot."""
    own = {d: expanded_of(named.part for named in parts) for d, parts in taken.parts.items()}
    return Contents(
        expanded=own,
        inspections=taken.inspections,
        sizes=taken.sizes,
        most_depth=limits.most_depth,
        most_parts=limits.most_parts,
        most_bytes=limits.most_expanded_bytes,
    )
