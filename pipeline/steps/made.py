"""Looks at contents that were made here as if they had come from outside: copies, cut extracts."""

from collections.abc import Sequence
from contextlib import ExitStack

from custody.artefact import Location
from custody.box import Box
from custody.digest import Digest
from custody.outcome import Inspection
from pipeline.steps.instruments import Instruments
from pipeline.wiring import Runtime
from sanitizers.inspection import SampleToInspect


def inspect_made(
    runtime: Runtime, instruments: Instruments, box: Box, locations: Sequence[Location]
) -> dict[Digest, Inspection]:
    """Return what the scanners say of contents in the vault that have no name of their own.

    Raises:
        StoreError: the vault cannot be read.
        CanaryMissedError: a process of the box calls itself blind; this attempt is void.
    """
    with ExitStack() as opened:
        samples = (
            SampleToInspect(
                content=opened.enter_context(runtime.vault.open_for_inspection(at)).content,
                size=at.size,
            )
            for at in locations
        )
        answers = list(instruments.inspector.inspect(box, samples))
    return {at.digest: each.inspection for at, each in zip(locations, answers, strict=True)}
