"""The insides of a shard's containers, as known before and as taken out now."""

from dataclasses import replace

from custody.digest import Digest
from pipeline.steps.contents import contents_of, expanded_of
from pipeline.steps.parts import Apart
from pipeline.steps.said import Said
from pipeline.steps.validated import Validated
from pipeline.wiring import Runtime
from sanitizers.containers.judging import Contents


def insides_of(
    runtime: Runtime, profile: Digest, said: Said, apart: Apart, validated: Validated
) -> Contents:
    """Return what is in the containers of a shard, with what is said of the records in it."""
    with runtime.catalogue.read() as connection:
        before = contents_of(connection, said.inspections, profile)
    own = {d: expanded_of(named.part for named in parts) for d, parts in apart.parts.items()}
    fresh = {d: validated.beside(d, each) for d, each in said.inspections.items()}
    return replace(
        before,
        expanded={**own, **before.expanded},
        inspections={**fresh, **before.inspections},
        sizes={**{d: at.size for d, at in apart.located.items()}, **before.sizes},
    )
