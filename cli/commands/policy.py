"""`autoclave policy`: what must be met before anything is clean, and how that is changed."""

from pathlib import Path
from typing import Annotated

import typer

from catalogue import policies as policy_rows
from catalogue.policies import StoredPolicy
from cli.context import opened
from cli.explaining import explain as explanation
from cli.explaining import policy_json
from cli.options import DEFAULT_KEY, Actor, AsJson, KeyFile, Reason, exit_codes, new_group
from cli.output import emit, emit_all, show
from cli.subjects import digest_meant, is_beginning
from cli.tables import table
from custody.box import Json
from custody.digest import Digest
from custody.errors import ExitCode, PolicyError, UsageError
from pipeline.because import explain_content
from pipeline.deciding import policies
from pipeline.deciding.signing import Signatory
from pipeline.paragraph import because_json, paragraph
from pipeline.steps.instruments import policy_in_force
from pipeline.wiring import Runtime
from sanitizers.policy import Policy
from sanitizers.policy_file import built_in_names, read_policy

app = new_group("Check, explain and change the policy that says what is clean.")

ENDS = exit_codes(ExitCode.DONE, ExitCode.USAGE, ExitCode.REFUSED, ExitCode.UNAVAILABLE)
SHORTEST = 8

PolicyFile = Annotated[Path, typer.Argument(metavar="FILE", help="A policy file (TOML).")]


@app.command("check", epilog=exit_codes(ExitCode.DONE, ExitCode.USAGE, ExitCode.REFUSED))
def check(path: PolicyFile, *, as_json: AsJson = False) -> ExitCode:
    """Read a policy file and say whether it is one; changes nothing."""
    policy = read_policy(path.expanduser())
    if as_json:
        emit(policy_json(policy))
    else:
        show(f"{policy.name} is a policy; its digest is {policy.digest}")
    return ExitCode.DONE


@app.command("explain", epilog=ENDS)
def explain(
    context: typer.Context,
    which: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME|FILE|DIGEST]",
            help="A shipped policy, a file, or a content; else the policy in force.",
        ),
    ] = None,
    *,
    as_json: AsJson = False,
) -> ExitCode:
    """Say what a policy demands, or why a content has its verdict and its fate.

    Of a content (its digest, or the first 8 characters of it) one paragraph tells what was found,
    how much was looked at, what was exempt or excepted, and which clauses of the policy speak.
    """
    if which is not None and is_beginning(which) and not Path(which).exists():
        return _explain_content(context, which, as_json=as_json)
    policy = _policy(context, which)
    if as_json:
        emit(policy_json(policy))
    else:
        show(*explanation(policy))
    return ExitCode.DONE


@app.command("propose", epilog=ENDS)
def propose(
    context: typer.Context,
    path: PolicyFile,
    *,
    actor: Actor,
    reason: Reason,
    key: KeyFile = DEFAULT_KEY,
    as_json: AsJson = False,
) -> ExitCode:
    """Propose a policy in place of the one of its name; nothing changes until it is approved."""
    with opened(context) as runtime:
        signatory = Signatory(actor=actor, key=key.expanduser(), reason=reason)
        stored = policies.propose(runtime, path.expanduser(), signatory)
    _report(stored, as_json=as_json)
    if not as_json:
        show(
            "now another person:"
            f" `autoclave policy approve {stored.digest} --as NAME --key FILE --reason TEXT`"
        )
    return ExitCode.DONE


@app.command("approve", epilog=ENDS)
def approve(
    context: typer.Context,
    digest: Annotated[str, typer.Argument(metavar="DIGEST", help="From `policy list`.")],
    *,
    actor: Actor,
    reason: Reason,
    key: KeyFile = DEFAULT_KEY,
    as_json: AsJson = False,
) -> ExitCode:
    """Put a proposed policy in force; another person than the one who proposed it must do it."""
    with opened(context) as runtime:
        signatory = Signatory(actor=actor, key=key.expanduser(), reason=reason)
        stored = policies.approve(runtime, _proposed(runtime, digest), signatory)
    _report(stored, as_json=as_json)
    return ExitCode.DONE


@app.command("list", epilog=ENDS)
def list_policies(context: typer.Context, *, as_json: AsJson = False) -> ExitCode:
    """List shipped and proposed policies and which one is in force."""
    with opened(context) as runtime:
        in_force = policy_in_force(runtime).digest
        with runtime.catalogue.read() as connection:
            stored = policy_rows.all_policies(connection)
    shipped = [read_policy(name) for name in built_in_names()]
    rows = [_shipped_json(policy, in_force) for policy in shipped]
    rows += [_stored_json(policy) for policy in stored if policy.proposed_by]
    if as_json:
        emit_all(rows)
        return ExitCode.DONE
    columns = ("name", "state", "proposed_by", "approved_by", "digest")
    heads = tuple(column.replace("_", " ") for column in columns)
    show(table(heads, [tuple(row[c] or "-" for c in columns) for row in rows]))
    return ExitCode.DONE


def _explain_content(context: typer.Context, text: str, *, as_json: bool) -> ExitCode:
    with opened(context) as runtime:
        found = explain_content(runtime, digest_meant(runtime, text))
    if not found:
        raise UsageError(
            "this content is no entry of a latest run, so it has no fate of its own",
            next_step="see `autoclave show DIGEST`; a part has the fate of what it was taken from",
        )
    if as_json:
        emit_all(map(because_json, found))
    else:
        show(
            *(
                "\n".join(("", paragraph(why))) if n else paragraph(why)
                for n, why in enumerate(found)
            )
        )
    return ExitCode.DONE


def _policy(context: typer.Context, which: str | None) -> Policy:
    if which is not None:
        return read_policy(which)
    with opened(context) as runtime:
        return policy_in_force(runtime)


def _proposed(runtime: Runtime, text: str) -> Digest:
    with runtime.catalogue.read() as connection:
        known = [policy.digest for policy in policy_rows.all_policies(connection)]
    found = [digest for digest in known if digest.startswith(text)]
    if len(text) < SHORTEST or len(found) > 1:
        raise UsageError("give more of the digest", next_step="see `autoclave policy list`")
    if not found:
        raise PolicyError(f"no policy {text} is proposed", next_step="see `autoclave policy list`")
    return found[0]


def _report(stored: StoredPolicy, *, as_json: bool) -> None:
    if as_json:
        emit(_stored_json(stored))
    else:
        show(f"policy {stored.name} is {stored.state.value}: {stored.digest}")


def _stored_json(stored: StoredPolicy) -> dict[str, Json]:
    return {
        "name": stored.name,
        "digest": stored.digest,
        "state": stored.state.value,
        "proposed_by": stored.proposed_by,
        "approved_by": stored.approved_by,
        "reason": stored.reason,
    }


def _shipped_json(policy: Policy, in_force: Digest) -> dict[str, Json]:
    state = "in-force" if policy.digest == in_force else "shipped"
    return {
        "name": policy.name,
        "digest": policy.digest,
        "state": state,
        "proposed_by": None,
        "approved_by": None,
        "reason": None,
    }
