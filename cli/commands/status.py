"""`autoclave status`: where everything stands."""

from typing import Annotated

import typer

from catalogue import proposals, restore_sets, views
from cli.context import opened
from cli.derogating import derogation_lines
from cli.options import AsJson, exit_codes, new_app
from cli.output import emit, show
from cli.quantities import count_text, named_count, size_text
from cli.readiness import pace_lines, paces, readiness_lines
from cli.summary import fate_words
from cli.tables import Cell, table
from cli.waves import wave_lines, waves_json
from custody.box import Json
from custody.errors import ExitCode
from custody.fate import Equation, Fate, equation
from custody.lifecycle import Stage
from flows.in_force import in_force
from pipeline import listing
from pipeline.anchoring.window import window
from pipeline.deciding.two_people import waiting
from pipeline.restoring.services import readiness_of
from pipeline.steps.derogated import granted_by
from pipeline.steps.instruments import packs_in_force, policy_in_force
from pipeline.wiring import Runtime
from sanitizers.policy import Policy

app = new_app()

ALWAYS = frozenset({Fate.PROMOTED, Fate.HELD})


@app.command(
    epilog=exit_codes(ExitCode.DONE, ExitCode.USAGE, ExitCode.REFUSED, ExitCode.UNAVAILABLE)
)
def status(
    context: typer.Context,
    *,
    count_records: Annotated[
        bool, typer.Option("--records", help="Count the records too: every extract is asked.")
    ] = False,
    as_json: AsJson = False,
) -> ExitCode:
    """Show how many entries of each source and service stand where, after its latest run.

    Of each service it tells what it still lacks before a restore set of it is signed and open, and
    of each run under way how fast it goes, when its step may end (a range, or no estimate), and
    where sources were put into waves how far each wave is. It also names the policy in force, the
    rules, the ledger's size and its mirror, and who drives runs: the command itself, a served home,
    or a fleet.
    """
    with opened(context) as runtime:
        found = standing(runtime, count_records=count_records)
    if as_json:
        emit(found)
    else:
        show(services_table(found["services"]), "")
        goes = (*pace_lines(found["under_way"]), *wave_lines(found["waves"]))
        show(*goes, *readiness_lines(found["readiness"]), "")
        show(*home_lines(found))
    return ExitCode.DONE


def standing(runtime: Runtime, *, count_records: bool = False) -> dict[str, Json]:
    """Return where everything stands, as `status --json` prints it."""
    with runtime.catalogue.read() as connection:
        counted = views.status(connection)
        under_way = paces(connection, counted, runtime.ledger.now())
        waved = waves_json(connection)
    way = in_force(runtime.settings)
    policy = policy_in_force(runtime)
    packs = packs_in_force(runtime)
    return {
        "home": str(runtime.home.root),
        "orchestration": way.way.value,
        "server": way.as_json(),
        "services": [listing.service_json(service) for service in counted],
        "readiness": [
            each.as_json()
            for each in readiness_of(runtime, counted, policy, count_records=count_records)
        ],
        "under_way": under_way,
        "waves": waved,
        "waiting": len(waiting(runtime)),
        "proposed": _proposed(runtime),
        "restore_sets": _sets(runtime),
        "policy": {
            "name": policy.name,
            "digest": policy.digest,
            "derogations": _derogations(runtime, policy),
        },
        "rules": {"packs": len(packs), "rules": sum(pack.manifest.rules for pack in packs)},
        "ledger": {
            "origin": runtime.ledger.origin,
            "size": runtime.ledger.size,
            "root": runtime.ledger.root,
            "mirror": runtime.settings.audit.mirror or None,
            "outside": window(runtime).as_json(),
        },
    }


def _proposed(runtime: Runtime) -> int:
    """Return how many artefacts a re-scan condemned and nobody has confirmed yet."""
    with runtime.catalogue.read() as connection:
        return proposals.count(connection)


def _sets(runtime: Runtime) -> list[dict[str, Json]]:
    """Return the restore sets, and which were opened for urgent care and wait for a signature."""
    now = runtime.ledger.now()
    with runtime.catalogue.read() as connection:
        found = restore_sets.all_sets(connection)
    return [
        {
            "set": s.set_id,
            "service": s.service,
            "open": s.opened_at is not None,
            "countersign_by": s.countersign_by.isoformat() if s.countersign_by else None,
            "overdue": s.countersign_by is not None and now >= s.countersign_by,
        }
        for s in found
    ]


def _derogations(runtime: Runtime, policy: Policy) -> list[dict[str, Json]]:
    """Return the derogations that were granted with a policy, those that ended too."""
    now = runtime.ledger.now()
    with runtime.catalogue.read() as connection:
        return [each.as_json(now) for each in granted_by(connection, policy.digest)]


def anchor_line(outside: dict[str, Json]) -> str:
    """Return how much of the ledger somebody outside vouches for."""
    since, last = named_count(outside["since"], "event", "events"), outside["last"]
    if last is None:
        return f"anchored outside: nothing of {since} (`autoclave audit anchor`)"
    whom, anchored = last["by"] or last["kind"], count_text(outside["anchored"])
    return f"anchored outside: {anchored} by {whom} at {last['at']}, {since} since"


def services_table(services: list[dict[str, Json]]) -> Json:
    """Return one row a source and service, with a column for each fate that occurs."""
    counted = [_equation(service) for service in services]
    shown = [fate for fate in Fate if fate in ALWAYS or any(own.fates[fate] for own in counted)]
    under_way = any(own.waiting for own in counted)
    columns = ("site", "host", "service", "run is", "entries", *map(fate_words, shown))
    rows: list[tuple[Cell, ...]] = []
    for service, own in zip(services, counted, strict=True):
        place = (service["site"], service["host"], service["service"], service["state"])
        counts = (service["entries"], *(own.fates[fate] for fate in shown))
        rows.append((*place, *counts, *([own.waiting] * under_way), size_text(service["bytes"])))
    return table((*columns, *(["under way"] * under_way), "size"), rows)


def home_lines(found: dict[str, Json]) -> list[str]:
    """Return what else there is to say about the home."""
    rules, ledger = found["rules"], found["ledger"]
    lines = [
        (
            f"policy {found['policy']['name']} ({found['policy']['digest'][:12]}),"
            f" {count_text(rules['rules'])} rules in"
            f" {named_count(rules['packs'], 'pack', 'packs')}"
        ),
        (
            f"ledger {ledger['origin']}: {count_text(ledger['size'])} events,"
            f" mirror: {ledger['mirror'] or 'none (set audit.mirror)'}"
        ),
        anchor_line(ledger["outside"]),
        driven_line(found),
        *derogation_lines(found["policy"]["derogations"]),
    ]
    if found["waiting"]:
        lines.append(
            f"{found['waiting']} decisions wait for a second person:"
            " `autoclave holds`, `autoclave people list`"
        )
    lines += [_urgent_line(s) for s in found["restore_sets"] if s["countersign_by"]]
    if found["proposed"]:
        artefacts = named_count(found["proposed"], "artefact is", "artefacts are")
        lines.append(
            f"the recall of {artefacts} proposed, and nothing of it is delivered meanwhile:"
            " `autoclave rescan --confirm`"
        )
    return lines


def _urgent_line(told: dict[str, Json]) -> str:
    overdue = "OVERDUE since" if told["overdue"] else "countersign by"
    when = told["countersign_by"][:16]
    return f"restore set {told['set']} was opened for urgent care: {overdue} {when}"


def driven_line(found: dict[str, Json]) -> str:
    """Return who drives runs."""
    if found["server"] is None:
        return "runs are driven in-process, by the command itself"
    where = found["server"]["url"] or "no server runs: start `autoclave serve`"
    return f"runs are driven by Prefect ({found['orchestration']}): {where}"


def _equation(service: dict[str, Json]) -> Equation:
    """Return the equation of a service."""
    return equation(service["entries"], {Stage(n): c for n, c in service["stages"].items()})
