"""The closing summary of a run: it adds up, line by line, and says what to do next.

It reads the object that `recover --json` prints, so that both can never say different things.
"""

from collections.abc import Mapping

from cli.derogating import derogation_lines
from cli.quantities import count_text, duration_text, named_count, rate_text, size_text
from custody.box import Json
from custody.fate import Fate
from custody.verdict import Verdict

LOST = (Verdict.ENCRYPTED, Verdict.DAMAGED)
ROOT_SHOWN = 16

Result = Mapping[str, Json]


def fate_words(fate: Fate) -> str:
    """Return a fate as people write it."""
    return fate.value.replace("_", " ")


def summary_lines(result: Result) -> list[str]:
    """Return the summary of a run, one line an item: what it did, the sums, the next steps."""
    return [
        _headline(result),
        equation_line(result),
        *_verdict_lines(result),
        *_derived_lines(result),
        *_record_lines(result),
        *derogation_lines(result.get("derogations", [])),
        *_ledger_lines(result),
        *(f"Next: {step}" for step in next_steps(result)),
    ]


def equation_line(result: Result) -> str:
    """Return the equation of a run; `!=` where it does not hold, with what is missing."""
    fates = {fate: int(result["fates"].get(fate.value, 0)) for fate in Fate}
    terms = " + ".join(f"{fate_words(fate)} {count_text(n)}" for fate, n in fates.items())
    listed = int(result["listed"])
    difference = listed - sum(fates.values())
    sign = "=" if difference == 0 else "!="
    line = f"listed {count_text(listed)} {sign} {terms}"
    return line if difference == 0 else f"{line} (unexplained {count_text(abs(difference))})"


def next_steps(result: Result) -> list[str]:
    """Return what a person does now, the most urgent first; never empty."""
    fates = result["fates"]
    steps = []
    if unexplained(result):
        steps.append(
            "do not use this run: entries are unexplained. Keep the home as it is,"
            " run `autoclave audit verify` and report it"
        )
    if held := fates.get(Fate.HELD.value, 0):
        waiting = named_count(held, "entry waits", "entries wait")
        steps.append(f"`autoclave holds` shows why {waiting} for a person")
    if refused := sum(counts["refused"] for counts in result.get("records", {}).values()):
        records = named_count(refused, "record is", "records are")
        steps.append(f"`autoclave records` shows why {records} refused")
    if fates.get(Fate.SET_ASIDE.value, 0):
        steps.append(
            "run `autoclave recover` on an older snapshot for what is encrypted or damaged"
        )
    if not_taken := fates.get(Fate.NOT_TAKEN.value, 0):
        names = named_count(not_taken, "entry", "entries")
        steps.append(
            f"`autoclave list --stage not-taken` names the {names} that could not be taken, and why"
        )
    return steps or ["nothing asks for a person; `autoclave status` shows where everything stands"]


def unexplained(result: Result) -> int:
    """Return how many entries have no fate: as the run says, or as its own sums show."""
    difference = abs(int(result["listed"]) - int(sum(result["fates"].values())))
    return max(int(result.get("unexplained", 0)), difference)


def _headline(result: Result) -> str:
    listed, seconds = int(result["listed"]), float(result["seconds"])
    entries = named_count(listed, "entry", "entries")
    line = f"Run {result['run']}: {entries} listed, {size_text(int(result['bytes']))} taken"
    line += f" in {duration_text(seconds)}"
    return f"{line} ({rate_text(listed / seconds)})" if seconds > 0 else line


def _verdict_lines(result: Result) -> list[str]:
    outcomes = result.get("outcomes", {})
    counted = [(verdict, outcomes.get(verdict.value, 0)) for verdict in reversed(Verdict)]
    shown = [f"{verdict.value} {count_text(n)}" for verdict, n in counted if n]
    lost = [f"{verdict.value} {count_text(n)}" for verdict, n in counted if n and verdict in LOST]
    lines = [f"Verdicts: {', '.join(shown)}"] if shown else []
    if lost:
        lines.append(f"Lost until a key or an older copy is found: {', '.join(lost)}")
    return lines


def _derived_lines(result: Result) -> list[str]:
    shown = [f"{kind} {count_text(n)}" for kind, n in result.get("derived", {}).items() if n]
    return [f"Derived (not in the equation): {', '.join(shown)}"] if shown else []


def _record_lines(result: Result) -> list[str]:
    return [
        _record_line(schema, counts) for schema, counts in sorted(result.get("records", {}).items())
    ]


def _record_line(schema: str, counts: Mapping[str, int]) -> str:
    read, accepted, refused = counts["read"], counts["accepted"], counts["refused"]
    sign = "=" if read == accepted + refused else "!="
    sums = f"accepted {count_text(accepted)} + refused {count_text(refused)}"
    return f"Records {schema}: read {count_text(read)} {sign} {sums}"


def _ledger_lines(result: Result) -> list[str]:
    ledger = result.get("ledger")
    if not ledger:
        return []
    events = named_count(ledger["size"], "event", "events")
    return [f"Ledger: {events}, root {ledger['root'][:ROOT_SHOWN]}"]
