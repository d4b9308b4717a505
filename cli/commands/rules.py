"""`autoclave rules`: check, install and list rule packs."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from catalogue import rule_packs
from cli.context import opened
from cli.options import DEFAULT_KEY, Actor, AsJson, KeyFile, Reason, day, exit_codes, new_group
from cli.output import emit, emit_all, say, show
from cli.quantities import count_text, named_count
from cli.removing import report_removed
from cli.tables import table
from custody.box import Json
from custody.errors import ExitCode
from flows.telling import RULES_INSTALLED, tell
from pipeline.deciding import removing, rules
from pipeline.deciding.pack_trials import Tried, try_pack
from pipeline.deciding.rules import Added, PackToAdd
from pipeline.deciding.signing import Signatory
from pipeline.wiring import Runtime
from sanitizers.engines.registry import ENGINES
from sanitizers.rules.pack import PackManifest, RuleStatus
from sanitizers.rules.timing import Timed

app = new_group("Check, install, list and remove rule packs; everything offline.")

SHOWN = 20
ENDS = exit_codes(ExitCode.DONE, ExitCode.USAGE, ExitCode.REFUSED, ExitCode.UNAVAILABLE)

PackPath = Annotated[
    Path, typer.Argument(metavar="FOLDER-OR-ZIP", help="Rule sources, as their author ships them.")
]
Name = Annotated[str, typer.Option(help="The pack's name; else that of the folder or file.")]
Version = Annotated[str, typer.Option("--version", help="Its version, as its author numbers it.")]
Dated = Annotated[
    str | None,
    typer.Option(metavar="DATE", help="The day of its newest rules, when its files do not say it."),
]


Scale = Annotated[
    Path | None,
    typer.Option(
        "--severities", metavar="FILE", help="The scale of its authors (TOML, docs/rules.md)."
    ),
]
ActorText = Annotated[
    str | None, typer.Option("--as", metavar="NAME", help="Who loosens; two people sign.")
]
ReasonText = Annotated[
    str, typer.Option("--reason", metavar="TEXT", help="Why it is loosened; one line, kept.")
]


@app.command(
    "add",
    epilog=exit_codes(
        ExitCode.DONE, ExitCode.USAGE, ExitCode.HELD, ExitCode.REFUSED, ExitCode.UNAVAILABLE
    ),
)
def add(  # noqa: PLR0913  one argument an option
    context: typer.Context,
    path: PackPath,
    *,
    name: Name = "",
    version: Version = "",
    dated: Dated = None,
    expect: Annotated[
        str, typer.Option(metavar="DIGEST", help="Refuse any other pack; its beginning suffices.")
    ] = "",
    signature: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A detached signature (ssh-keygen -n rules@autoclave)."),
    ] = None,
    signer: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The public SSH key that must have signed.")
    ] = None,
    severities: Scale = None,
    actor: ActorText = None,
    key: KeyFile = DEFAULT_KEY,
    reason: ReasonText = "",
    as_json: AsJson = False,
) -> ExitCode:
    """Check a pack and put it in force; an older pack never replaces a newer one.

    Nothing is installed when one file does not compile or holds what is not allowed (include,
    global rules, modules that no engine has). The next run uses the pack. One that changes or
    lacks rules of the pack of its name, is older, lacks its signature, or calls less severe what
    was more takes two people: the first command waits (exit 3), the same one by another person
    completes it.
    """
    wanted = PackToAdd(
        path=path.expanduser(),
        name=name,
        version=version,
        dated=day(dated),
        expected=expect,
        signature=signature.expanduser() if signature else None,
        signer=signer.expanduser() if signer else None,
        severities=severities.expanduser() if severities else None,
    )
    with opened(context) as runtime:
        added = rules.add(runtime, wanted, _signatory(actor, key, reason))
        _tell_installed(runtime, added)
    return _report(added, as_json=as_json)


@app.command(
    "set",
    epilog=exit_codes(
        ExitCode.DONE, ExitCode.USAGE, ExitCode.HELD, ExitCode.REFUSED, ExitCode.UNAVAILABLE
    ),
)
def set_status(
    context: typer.Context,
    pack: Annotated[str, typer.Argument(metavar="PACK", help="From `rules list`.")],
    rule: Annotated[str, typer.Argument(metavar="RULE", help="Its name, as findings show it.")],
    status: Annotated[
        RuleStatus, typer.Argument(help="deployed counts, noisy is only shown, disabled rests.")
    ],
    *,
    actor: ActorText = None,
    key: KeyFile = DEFAULT_KEY,
    reason: ReasonText = "",
    as_json: AsJson = False,
) -> ExitCode:
    """Let one rule of a pack count (deployed), be only shown (noisy) or rest (disabled).

    What loosens takes two people, as a change of policy does: the first command waits (exit 3).
    What tightens takes one. It stays so in later versions of the pack that do not change the rule.
    """
    with opened(context) as runtime:
        named = (pack, rule.rpartition(":")[2])
        added = rules.set_status(runtime, named, status, _signatory(actor, key, reason))
        _tell_installed(runtime, added)
    return _report(added, as_json=as_json)


@app.command(
    "remove",
    epilog=exit_codes(
        ExitCode.DONE, ExitCode.USAGE, ExitCode.HELD, ExitCode.REFUSED, ExitCode.UNAVAILABLE
    ),
)
def remove(
    context: typer.Context,
    pack: Annotated[str, typer.Argument(metavar="PACK", help="From `rules list`.")],
    *,
    actor: Actor,
    reason: Reason,
    key: KeyFile = DEFAULT_KEY,
    as_json: AsJson = False,
) -> ExitCode:
    """Take a pack out of force; two people sign, for fewer rules find less.

    The first command waits (exit 3); the same one by another person completes it. Its rules count
    no more from the next run on. An older pack of its name still takes two people.
    """
    with opened(context) as runtime:
        signatory = Signatory(actor=actor, key=key.expanduser(), reason=reason)
        removed = removing.remove_pack(runtime, pack, signatory)
    return report_removed(removed, "rules", as_json=as_json)


def _signatory(actor: str | None, key: Path, reason: str) -> Signatory | None:
    if not (actor and reason):
        return None
    return Signatory(actor=actor, key=key.expanduser(), reason=reason)


def _tell_installed(runtime: Runtime, added: Added) -> None:
    manifest = added.pack.manifest
    if added.waits is None:
        installed = {"pack": manifest.digest, "rules": manifest.rules}
        tell(runtime, RULES_INSTALLED, f"autoclave.rules.{manifest.digest}", installed)


def _report(added: Added, *, as_json: bool) -> ExitCode:
    manifest, waits = added.pack.manifest, added.waits
    if as_json:
        emit(pack_json(manifest) | {"lost": added.lost, "in_force": waits is None})
    elif waits is None:
        show(_table([manifest]))
    else:
        show(
            f"{waits.scope}, is signed by {waits.actor} and waits for a second person:",
            "run the same command with the --as, --key and --reason of another person who decides",
        )
    return ExitCode.DONE if waits is None else ExitCode.HELD


@app.command("check", epilog=ENDS)
def check(
    context: typer.Context,
    path: PackPath,
    *,
    name: Name = "",
    version: Version = "",
    dated: Dated = None,
    goodware: Annotated[
        list[Path] | None,
        typer.Option(metavar="PATH", help="A known-good file or folder; may be given again."),
    ] = None,
    severities: Scale = None,
    as_json: AsJson = False,
) -> ExitCode:
    """Compile a pack without installing it, and name what would keep it out.

    Every engine that is installed compiles it, and times each rule over one MiB of its own; an
    engine that is not there is named. With --goodware it also runs over files that are known to be
    good, in the box and with both engines: rules that object to one are named, and so is where the
    engines differ. Such a rule is a candidate for `rules set PACK RULE noisy`.
    """
    wanted = PackToAdd(
        path=path.expanduser(),
        name=name,
        version=version,
        dated=day(dated),
        severities=severities.expanduser() if severities else None,
    )
    with opened(context) as runtime:
        report = rules.check_pack(runtime, wanted)
        tried = try_pack(runtime, rules.read(runtime, wanted), goodware or (), report)
    accepted = report.accepted and not any(timed.unended for timed in tried.timed)
    if as_json:
        told: dict[str, Json] = {
            "accepted": accepted,
            "refusals": list(report.refusals),
            "warnings": list(report.warnings),
            "engines": list(tried.engines),
            "disagreements": list(tried.disagreements),
            "times": [_time_json(timed) for timed in tried.timed],
            "goodware": {"files": tried.files, "objections": dict(tried.objections)},
        }
        emit(pack_json(report.manifest) | told)
    else:
        show(_table([report.manifest]), *_some("refused", report.refusals))
        show(*_some("engines differ", tried.disagreements), *_objections(tried))
        show(*_times(tried))
        say(*_some("warning", report.warnings), *_absent(tried))
    return ExitCode.DONE if accepted else ExitCode.REFUSED


@app.command("list", epilog=ENDS)
def list_packs(context: typer.Context, *, as_json: AsJson = False) -> ExitCode:
    """List the packs that the next run uses: age, hits, and rules that do not count."""
    with opened(context) as runtime:
        manifests = [pack.manifest for pack in rules.in_force(runtime)]
        today = runtime.ledger.now().date()
        with runtime.catalogue.read() as connection:
            hits = rule_packs.hits(connection)
    rows = [pack_json(m) | _standing(m, today, hits) for m in manifests]
    if as_json:
        emit_all(rows)
    else:
        columns = ("name", "version", "age_days", "rules", "hits", "licence", "digest")
        heads = ("pack", "version", "days old", *columns[3:])
        cells = [tuple("-" if row[c] in {None, ""} else row[c] for c in columns) for row in rows]
        show(table(heads, cells), *_resting(rows))
    return ExitCode.DONE


def _resting(rows: list[dict[str, Json]]) -> list[str]:
    kinds = (RuleStatus.NOISY.value, RuleStatus.DISABLED.value)
    return [f"{kind}: {row['name']} {rule}" for row in rows for kind in kinds for rule in row[kind]]


def _standing(manifest: PackManifest, today: date, hits: Mapping[str, int]) -> dict[str, Json]:
    """Return a pack's age, in how many contents its rules found something, and what rests."""
    own = {rule: n for rule, n in hits.items() if rule.startswith(f"{manifest.name}/")}
    return {
        "age_days": (today - manifest.dated).days if manifest.dated else None,
        "hits": sum(own.values()),
        "hits_by_rule": dict(sorted(own.items(), key=lambda hit: -hit[1])[:SHOWN]),
        "noisy": list(manifest.of_status(RuleStatus.NOISY)),
        "disabled": list(manifest.of_status(RuleStatus.DISABLED)),
        "signed": bool(manifest.signer),
    }


def _time_json(timed: Timed) -> dict[str, Json]:
    """Return what one engine took for the rules of a pack, in milliseconds of processor time."""
    return {
        "engine": timed.engine,
        "rules": timed.rules,
        "median_ms": round(timed.median * 1000, 3),
        "slow": [{"rule": s.rule, "ms": round(s.seconds * 1000, 1)} for s in timed.slow],
        "unended": list(timed.unended),
        "untimed": timed.untimed,
    }


def _times(tried: Tried) -> list[str]:
    lines: list[str] = []
    for timed in tried.timed:
        word = f"slow in {timed.engine}"
        lines += _some(word, tuple(f"{s.rule} ({s.seconds * 1000:.1f} ms)" for s in timed.slow))
        lines += _some(f"refused: beyond the bounds of {timed.engine}", timed.unended)
        if timed.untimed:
            lines.append(f"{word}: {count_text(timed.untimed)} rules were not timed")
    return lines


def _absent(tried: Tried) -> list[str]:
    """Name the engines that did not look, since what they would say is not known."""
    return [
        f"{name} is not installed and did not look" for name in ENGINES if name not in tried.engines
    ]


def _objections(tried: Tried) -> list[str]:
    if not tried.files:
        return []
    by = " and ".join(tried.engines)
    worst = sorted(tried.objections.items(), key=lambda found: -found[1])
    named = tuple(f"{rule} ({named_count(n, 'file', 'files')})" for rule, n in worst)
    return [
        f"{count_text(tried.files)} known-good files looked at by {by}",
        *_some("objects to goodware", named),
    ]


def pack_json(manifest: PackManifest) -> dict[str, Json]:
    """Return what identifies a pack."""
    return {
        "name": manifest.name,
        "digest": manifest.digest,
        "version": manifest.version,
        "licence": manifest.licence,
        "dated": manifest.dated.isoformat() if manifest.dated else None,
        "rules": manifest.rules,
        "files": len(manifest.files),
    }


def _table(manifests: list[PackManifest]) -> Json:
    rows = [
        (m.name, m.version, m.dated.isoformat() if m.dated else "-", m.rules, m.licence, m.digest)
        for m in manifests
    ]
    return table(("pack", "version", "dated", "rules", "licence", "digest"), rows)


def _some(word: str, texts: tuple[str, ...]) -> list[str]:
    lines = [f"{word}: {text}" for text in texts[:SHOWN]]
    if len(texts) > SHOWN:
        lines.append(f"{word}: and {count_text(len(texts) - SHOWN)} more; see --json")
    return lines
