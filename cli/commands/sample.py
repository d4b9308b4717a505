"""`autoclave audit sample`: draw contents of the clean zone at random, with their proofs."""

from typing import Annotated

import typer

from cli.context import opened
from cli.options import AsJson, exit_codes
from cli.output import emit, say, show
from cli.quantities import count_text
from custody.errors import ExitCode
from pipeline.proving.sample import draw, receipts

ENDS = exit_codes(ExitCode.DONE, ExitCode.USAGE, ExitCode.REFUSED, ExitCode.UNAVAILABLE)


def sample(
    context: typer.Context,
    *,
    seed: Annotated[
        str, typer.Option("--seed", metavar="WORDS", help="What the auditor chose, best by dice.")
    ],
    count: Annotated[int, typer.Option("--count", metavar="N", help="How many contents.")] = 20,
    as_json: AsJson = False,
) -> ExitCode:
    """Draw contents that were promoted at random, so that an auditor can look at some by hand.

    The same seed draws the same ones from the same ledger: those with the smallest
    SHA-256 of seed, line end and digest. With --json each comes with its receipt, a line each,
    and `autoclave audit check` verifies it offline.
    """
    with opened(context) as runtime:
        drawn = draw(runtime, seed, count)
        if as_json:
            for line in receipts(runtime, drawn):
                emit(line)
        else:
            show(*drawn.digests)
    say(f"{len(drawn.digests)} of {count_text(drawn.promoted)} promoted contents, seed {seed!r}")
    return ExitCode.DONE
