"""Where an entry stands, and the only way to move it.

listed -> quarantined -> inspected -> assessed -> promoted -> recalled; aside stand held, set-aside,
refused, rejected, superseded, not-taken and excluded. Promotion is reached through inspection and
assessment only, and whatever goes back to quarantine has to pass both again.
"""

from enum import Enum, unique


@unique
class Stage(Enum):
    """Where an entry stands."""

    LISTED = "listed"
    QUARANTINED = "quarantined"
    INSPECTED = "inspected"
    ASSESSED = "assessed"
    PROMOTED = "promoted"
    RECALLED = "recalled"
    HELD = "held"
    SET_ASIDE = "set-aside"
    REFUSED = "refused"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"
    NOT_TAKEN = "not-taken"
    EXCLUDED = "excluded"


@unique
class Action(Enum):
    """What moves an entry; what is said of rules, people and cases moves none."""

    ADMIT = "admit"
    SKIP = "skip"
    EXCLUDE = "exclude"
    INSPECT = "inspect"
    ASSESS = "assess"
    PROMOTE = "promote"
    HOLD = "hold"
    SET_ASIDE = "set-aside"
    REFUSE = "refuse"
    SUPERSEDE = "supersede"
    DISARM = "disarm"
    RELEASE = "release"
    REJECT = "reject"
    RECALL = "recall"
    WAIVE = "waive"
    REGISTER = "register"
    REPLACE = "replace"
    DECLARE = "declare"
    REVOKE = "revoke"
    ACCEPT_RECORDS = "accept-records"
    REFUSE_RECORDS = "refuse-records"
    AWAIT_COPY = "await-copy"
    WITHDRAW = "withdraw"


MOVES: dict[tuple[Stage, Action], Stage] = {
    (Stage.LISTED, Action.EXCLUDE): Stage.EXCLUDED,
    (Stage.LISTED, Action.SKIP): Stage.NOT_TAKEN,
    (Stage.LISTED, Action.ADMIT): Stage.QUARANTINED,
    (Stage.QUARANTINED, Action.INSPECT): Stage.INSPECTED,
    (Stage.INSPECTED, Action.ASSESS): Stage.ASSESSED,
    (Stage.ASSESSED, Action.PROMOTE): Stage.PROMOTED,
    (Stage.ASSESSED, Action.HOLD): Stage.HELD,
    (Stage.ASSESSED, Action.SET_ASIDE): Stage.SET_ASIDE,
    (Stage.ASSESSED, Action.REFUSE): Stage.REFUSED,
    (Stage.ASSESSED, Action.REJECT): Stage.REJECTED,
    (Stage.ASSESSED, Action.SUPERSEDE): Stage.SUPERSEDED,
    (Stage.HELD, Action.DISARM): Stage.QUARANTINED,
    (Stage.HELD, Action.RELEASE): Stage.QUARANTINED,
    (Stage.HELD, Action.ACCEPT_RECORDS): Stage.QUARANTINED,
    (Stage.SUPERSEDED, Action.ACCEPT_RECORDS): Stage.QUARANTINED,
    (Stage.HELD, Action.REJECT): Stage.REJECTED,
    (Stage.SET_ASIDE, Action.RELEASE): Stage.QUARANTINED,
    (Stage.SET_ASIDE, Action.REJECT): Stage.REJECTED,
    (Stage.REFUSED, Action.RELEASE): Stage.QUARANTINED,
    (Stage.PROMOTED, Action.RECALL): Stage.RECALLED,
    (Stage.SUPERSEDED, Action.RECALL): Stage.RECALLED,
    (Stage.RECALLED, Action.RELEASE): Stage.QUARANTINED,
    (Stage.RECALLED, Action.REJECT): Stage.REJECTED,
}


def advance(stage: Stage, action: Action) -> Stage:
    """Return the stage that an action leads to.

    Raises:
        RuntimeError: the action is not permitted here; asking for it is a bug of the caller.
    """
    try:
        return MOVES[stage, action]
    except KeyError:
        raise RuntimeError(f"an entry that is {stage.value} cannot {action.value}") from None
