"""Cuts out of the parts what runs by itself, and what is left of the parts that are not copied."""

from sanitizers.disarming.interface import Switch
from sanitizers.disarming.office import elements, formulas, references, text_fields, workbooks
from sanitizers.disarming.office.exploring import Plan
from sanitizers.disarming.office.markup import namespace
from sanitizers.disarming.office.scrub_job import Lost, Scrub

_AUTHORED = frozenset({"customxml", "customxmlprops"})


def scrub(plan: Plan, switches: frozenset[Switch]) -> None:
    """Cut the trees of a plan; the workbook goes first, because cells name what it loses.

    Raises:
        FormatError: a part cannot be cut.
    """
    lost = Lost()
    for part in sorted(plan.trees, key=lambda name: (name != plan.main, name)):
        if part not in plan.links or plan.kinds.get(part) in _AUTHORED:
            continue
        job = Scrub(
            part=part,
            root=plan.trees[part],
            kept=frozenset(link.name for link in plan.links[part]),
            switches=switches,
            removals=plan.removals,
            lost=lost,
        )
        _scrub_part(job)


def _scrub_part(job: Scrub) -> None:
    space = namespace(job.root)
    if "spreadsheetml" in space or not space:
        workbooks.scrub(job)
    elements.scrub(job)
    references.scrub(job)
    references.settle(job.root)
    if "wordprocessingml" in space or not space:
        text_fields.scrub(job)
    formulas.scrub(job)
