"""Whether an anchor covers what the ledger says of something, before people sign for it.

Who has the ledger's key could rewrite what nobody outside knows yet. What a restore set rests upon
is therefore shown to somebody outside before the set is sealed.
"""

from audit.anchors import (
    PAPER,
    TIMESTAMP,
    WITNESS,
    anchors_folder,
    size_of_anchor,
)
from audit.evidence import BAD
from custody.box import Json
from custody.errors import RefusedError
from custody.signing_rules import AnchorDemand
from pipeline.anchoring.believed import believed
from pipeline.anchoring.trusted import Trusted, trusted
from pipeline.wiring import Runtime
from storage.interface import is_key

OUTSIDE = frozenset({TIMESTAMP, WITNESS})


def covering(runtime: Runtime, size: int, demand: AnchorDemand) -> dict[str, Json] | None:
    """Return the newest anchor of at least `size` entries that a policy accepts.

    None is returned where the policy asks for none.

    A timestamp counts only with the authority's signature, verified down to a root that is known.

    Raises:
        RefusedError: there is no such anchor.
        SettingsError: what is set about anchors cannot be used.
        StoreError: the audit store cannot be read.
    """
    if demand is AnchorDemand.NONE:
        return None
    known = trusted(runtime.settings)
    kinds = accepted_kinds(demand, known)
    versions = runtime.audit.versions(anchors_folder(runtime.ledger.origin))
    names = {v.key for v in versions if is_key(v.key) and _size(v.key) >= size}
    for name in sorted(names, reverse=True):
        said = believed(runtime, name, known)
        if said is not None and said.at and said.kind in kinds:
            return {**said._asdict(), "size": size_of_anchor(name)}
    raise RefusedError(
        f"no anchor covers the {size} entries of the ledger that this rests upon",
        next_step=_next_step(kinds, known),
    )


def accepted_kinds(demand: AnchorDemand, known: Trusted) -> frozenset[str]:
    """Return the kinds of anchors that count: paper only where nobody else is named."""
    alone = not (known.authority or known.roots or known.witnesses)
    if demand is AnchorDemand.PAPER and alone:
        return OUTSIDE | {PAPER}
    return OUTSIDE


def _next_step(kinds: frozenset[str], known: Trusted) -> str:
    if known.reachable:
        return "run `autoclave audit anchor`, or carry it there with --carry; then the same again"
    if PAPER in kinds:
        return (
            "run `autoclave audit anchor --print`, write the three lines down, and then"
            " `autoclave audit anchor --on-paper WHERE --size N`"
        )
    return "name an authority or a witness in [audit], then run `autoclave audit anchor --carry`"


def _size(name: str) -> int:
    """Return the size that the name of an anchor says; `verify` names what is no anchor."""
    try:
        return size_of_anchor(name)
    except BAD:
        return 0
