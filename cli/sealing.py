"""The commands over restore sets: seal, sign, open, list."""

import getpass
from typing import Annotated

import typer

from catalogue import restore_sets
from catalogue.restore_sets import StoredSet
from cli.context import opened
from cli.options import DEFAULT_KEY, Actor, AsJson, Case, KeyFile, Reason
from cli.output import emit, emit_all, say, show
from cli.quantities import named_count, size_text
from cli.restoring import AsOf, Host, Only, Service, Site, asked_of, sum_lines
from cli.tables import table
from custody.box import Json
from custody.errors import ExitCode
from pipeline.deciding.signing import Signatory
from pipeline.restoring.opening import open_set, withdrawn_of
from pipeline.restoring.seal import seal
from pipeline.restoring.sign import sign_set, still_asked
from pipeline.steps.instruments import policy_in_force
from pipeline.wiring import Runtime

SetId = Annotated[str, typer.Argument(metavar="SET", help="A restore set of `restore list`.")]
HEADS = ("set", "case", "service", "files", "size", "sealed", "standing")


def seal_set(  # noqa: PLR0913  one argument an option
    context: typer.Context,
    *,
    case: Case = None,
    service: Service = None,
    site: Site = None,
    host: Host = None,
    only: Only = None,
    as_of: AsOf = None,
    actor: Actor,
    reason: Reason,
    as_json: AsJson = False,
) -> ExitCode:
    """Fix what `restore plan` proposes as a restore set that nobody changes any more.

    It is sealed for some days, named by `restore.days` of the policy; then it is sealed anew. No
    name of a file stands in it: names stay encrypted, and can still be erased.
    """
    with opened(context) as runtime:
        asked = asked_of(case, service, site, host, only, as_of)
        done = seal(runtime, asked, Signatory(actor=actor, key=DEFAULT_KEY, reason=reason))
        still = still_asked(runtime, done.stored, policy_in_force(runtime).restore)
    if as_json:
        emit(_json(done.stored) | {"plan": done.sums.as_json(), "needs": list(still)})
    else:
        show(*sum_lines(done.sums), f"sealed as {done.stored.set_id}")
        show(f"compare with the authority: document {done.stored.document}")
        show(f"it needs {' and '.join(still)}")
    return ExitCode.DONE


def sign(
    context: typer.Context,
    set_id: SetId,
    *,
    actor: Actor,
    reason: Reason,
    key: KeyFile = DEFAULT_KEY,
    as_json: AsJson = False,
) -> ExitCode:
    """Sign a restore set with your SSH key; each person and each key signs once.

    How many sign, and which roles, is policy; an attack needs the authority.
    """
    with opened(context) as runtime:
        signatory = Signatory(actor=actor, key=key.expanduser(), reason=reason)
        done = sign_set(runtime, set_id, signatory)
    if as_json:
        emit(_json(done.stored) | {"signed_by": done.person.name, "needs": list(done.unmet)})
    elif done.unmet:
        show(f"signed as {done.person.role.value}; it still needs {' and '.join(done.unmet)}")
    else:
        show(f"signed as {done.person.role.value}", f"Next: `autoclave restore open {set_id}`")
    return ExitCode.HELD if done.unmet else ExitCode.DONE


def open_it(
    context: typer.Context,
    set_id: SetId,
    *,
    urgent: Annotated[
        bool, typer.Option("--urgent", help="On one signature, read-only, for a day.")
    ] = False,
    as_json: AsJson = False,
) -> ExitCode:
    """Open a signed restore set: hospital systems may read it, and it may be delivered.

    Signatures, the age of the rules, the ledger and recalls are checked again. What was recalled
    since is left out. --urgent opens it for urgent care on one signature; the certificate says so,
    and it has to be countersigned and opened again within 24 hours.
    """
    with opened(context) as runtime:
        done = open_set(runtime, set_id, urgent=urgent, actor=getpass.getuser())
    stored = done.stored
    told = _json(stored) | {"withdrawn": dict(done.withdrawn), "put": done.put}
    if as_json:
        emit(told)
    else:
        show(f"set {set_id} is open; its certificate is {stored.certificate}")
        show(*(f"left out: {digest}, {why}" for digest, why in done.withdrawn.items()))
        if stored.countersign_by is not None:
            say(f"URGENT: countersign by {stored.countersign_by.isoformat(timespec='minutes')}")
    return ExitCode.DONE if stored.countersign_by is None else ExitCode.HELD


def list_sets(context: typer.Context, *, case: Case = None, as_json: AsJson = False) -> ExitCode:
    """List the restore sets and what each still needs, one JSON line each with --json."""
    with opened(context) as runtime:
        with runtime.catalogue.read() as connection:
            found = restore_sets.all_sets(connection, case or "")
        rules = policy_in_force(runtime).restore
        needs = {s.set_id: still_asked(runtime, s, rules) for s in found}
        gone = {s.set_id: withdrawn_of(runtime, s) for s in found}
        standings = {s.set_id: standing_of(runtime, s, needs[s.set_id]) for s in found}
    if as_json:
        emit_all(
            _json(s)
            | {
                "standing": standings[s.set_id],
                "needs": list(needs[s.set_id]),
                "withdrawn": dict(gone[s.set_id]),
            }
            for s in found
        )
        return ExitCode.DONE
    show(table(HEADS, [_row(s, standings[s.set_id]) for s in found]))
    for set_id, withdrawn in gone.items():
        if withdrawn:
            show(f"{named_count(len(withdrawn), 'content', 'contents')} withdrawn from {set_id}")
    return ExitCode.DONE


def standing_of(runtime: Runtime, stored: StoredSet, needs: tuple[str, ...]) -> str:
    """Return where a set stands, in words."""
    now = runtime.ledger.now()
    if stored.countersign_by is not None:
        overdue = "OVERDUE since" if now >= stored.countersign_by else "countersign by"
        return f"open for urgent care, {overdue} {stored.countersign_by.isoformat()[:16]}"
    if stored.opened_at is not None:
        return "open"
    if now >= stored.until:
        return "ended"
    return f"needs {' and '.join(needs)}" if needs else "signed, may be opened"


def _json(stored: StoredSet) -> dict[str, Json]:
    countersign_by = stored.countersign_by
    return {
        "set": stored.set_id,
        "case": stored.case_id,
        "kind": stored.kind,
        "service": stored.service,
        "document": stored.document,
        "manifest": stored.manifest,
        "files": stored.files,
        "bytes": stored.size,
        "sealed_at": stored.at.isoformat(),
        "until": stored.until.isoformat(),
        "opened_at": stored.opened_at.isoformat() if stored.opened_at else None,
        "certificate": stored.certificate,
        "countersign_by": countersign_by.isoformat() if countersign_by else None,
    }


def _row(stored: StoredSet, standing: str) -> tuple[str | int, ...]:
    sealed = stored.at.isoformat(timespec="minutes")
    size = size_text(stored.size)
    return (stored.set_id, stored.case_id, stored.service, stored.files, size, sealed, standing)
