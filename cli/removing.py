"""What `rules remove`, `ioc remove` and `goodware remove` say."""

from cli.output import emit, show
from cli.quantities import count_text
from custody.box import Json
from custody.errors import ExitCode
from pipeline.deciding.removing import Removed

RESCAN = "`autoclave rescan --dry-run` shows what that changes"


def report_removed(removed: Removed, things: str, *, as_json: bool) -> ExitCode:
    """Say what was taken out of force, or who it waits for."""
    waits = removed.waits
    told: dict[str, Json] = {
        "name": removed.name,
        "digest": removed.digest,
        "entries": removed.entries,
        "waits": waits is not None,
    }
    if as_json:
        emit(told)
    elif waits is None:
        show(f"{removed.name} is out of force, with {count_text(removed.entries)} {things}", RESCAN)
    else:
        show(
            f"{waits.scope}: signed by {waits.actor}, and waits for a second person:",
            "run the same command with the --as, --key and --reason of another person who decides",
        )
    return ExitCode.DONE if waits is None else ExitCode.HELD
