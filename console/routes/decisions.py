"""Decisions in the console: the same functions as on the command line, signed by the same keys."""

from datetime import UTC, date, datetime, time

from fastapi.responses import Response

from audit.ssh_keys import PrivateKey
from console.routes.artefact import digest_of_visit, first_decisions
from console.visit import Visit, see_other
from console.words import WORDS
from custody.digest import Digest
from custody.errors import SignatureError, UsageError
from custody.lifecycle import Action
from pipeline.deciding import decisions
from pipeline.deciding.decisions import Waived
from pipeline.deciding.signing import Signatory
from pipeline.deciding.two_people import Decided

MOST_REASON = 500


def reject(visit: Visit) -> Response:
    """Refuse a content for good."""
    digest = digest_of_visit(visit)
    with visit.console.deciding:
        made = decisions.reject(visit.runtime, digest, _signatory(visit), shown=_shown(visit))
    return _back(digest, made, "rejected")


def release(visit: Visit) -> Response:
    """Sign a release; the second person's signature takes effect."""
    digest = digest_of_visit(visit)
    with visit.console.deciding:
        _refuse_own(visit, digest, Action.RELEASE)
        until, shown = _until(visit), _shown(visit)
        made = decisions.release(visit.runtime, digest, _signatory(visit), until, shown=shown)
    return _back(digest, made, "released")


def waive(visit: Visit) -> Response:
    """Sign a waiver of one rule, or of one missing check; the second signature takes effect."""
    digest = digest_of_visit(visit)
    scanner, _, rule = visit.field("waived").partition(" ")
    with visit.console.deciding:
        _refuse_own(visit, digest, Action.WAIVE, f"{scanner} {rule or 'unscanned'} ")
        signatory, until = _signatory(visit), _until(visit)
        waived = Waived(scanner=scanner, rule=rule)
        made = decisions.waive(visit.runtime, digest, waived, signatory, until, shown=_shown(visit))
    return _back(digest, made, "waived")


def _signatory(visit: Visit) -> Signatory:
    """Return who signs, with the key that their password opens for this one decision."""
    reason = " ".join(visit.field("reason", MOST_REASON).split())
    if not reason:
        raise UsageError("a decision has a reason", next_step="write one line")
    return Signatory(actor=visit.who.name, key=_key(visit), reason=reason)


def _key(visit: Visit) -> PrivateKey:
    name = visit.who.name
    account = visit.console.accounts.get(name)
    if account is None or not account.may_sign:
        raise SignatureError(
            "this account has no key", next_step=WORDS[visit.language]["sign_elsewhere"]
        )
    # A stolen session tries passwords here as it would at the login: it is counted alike.
    if not visit.console.attempts.begin(name):
        raise SignatureError(WORDS[visit.language]["too_many"])
    key = visit.console.accounts.open_key(account, visit.form.get("password", ""))
    visit.console.attempts.succeed(name)
    return key


def _shown(visit: Visit) -> str:
    """Return the code of what was shown; a decision on what nobody saw is none."""
    shown = visit.field("shown", 64)
    if not shown:
        raise UsageError("a decision is about what was shown", next_step="open the page again")
    return shown


def _refuse_own(visit: Visit, digest: Digest, action: Action, scope: str = "") -> None:
    """Refuse who signed the same already: nobody is their own second person."""
    for first in first_decisions(visit.runtime, digest):
        own = first.actor == visit.who.name
        if own and first.action is action and first.scope.startswith(scope):
            raise SignatureError(WORDS[visit.language]["own_decision"])


def _until(visit: Visit) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(visit.field("until", 10)), time.min, UTC)
    except ValueError as error:
        raise UsageError("this is no date", next_step="write it as 2026-03-13") from error


def _back(digest: Digest, made: Decided, done: str) -> Response:
    return see_other(f"/artefact/{digest}?done={done if made.effective else 'signed'}")
