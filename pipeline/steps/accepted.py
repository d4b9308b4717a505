"""What data owners decided about groups of refused records: a schema, a reason code and a host.

The last decision on a group that took effect counts; an acceptance ends on its day.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time

import sqlalchemy as sa

from catalogue import decisions
from custody.decision import Decision
from custody.digest import Digest, digest_of
from custody.lifecycle import Action
from custody.source import Source

GROUP_ACTIONS = frozenset(
    {Action.ACCEPT_RECORDS, Action.REFUSE_RECORDS, Action.AWAIT_COPY, Action.WITHDRAW}
)
_SCHEMA = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,60}", re.ASCII)
_CODE = re.compile(r"[A-Z0-9]{2,5}-\d{3}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class RecordGroup:
    """The refused records of one schema at one host that one reason touches.

    Raises:
        ValueError: the schema's name or the code cannot stand in a contract's key.
    """

    schema: str
    code: str
    host: str

    def __post_init__(self) -> None:
        if not _SCHEMA.fullmatch(self.schema) or not _CODE.fullmatch(self.code):
            raise ValueError("a group of records has a plain schema and a reason code")

    @property
    def digest(self) -> Digest:
        """The digest of what the group is: the subject of decisions on it."""
        return digest_of(b"autoclave records group v1\n" + json.dumps(asdict(self)).encode())

    @property
    def key(self) -> str:
        """What an acceptance of it adds to a contract's key."""
        return f"{self.schema}:{self.code}"


def scope_of(group: RecordGroup, until: date | None) -> str:
    """Return what people sign: the whole group, and until when."""
    end = {} if until is None else {"until": until.isoformat()}
    return json.dumps(asdict(group) | end, sort_keys=True)


def read_scope(scope: str) -> tuple[RecordGroup, date | None]:
    """Return the group and the end of a decision: the other half of `scope_of`."""
    told = json.loads(scope)
    until = told.pop("until", None)
    return RecordGroup(**told), None if until is None else date.fromisoformat(until)


def in_force(connection: sa.Connection, now: datetime) -> dict[RecordGroup, Decision]:
    """Return the decision that holds on each group; one that was withdrawn or has ended is none."""
    found: dict[RecordGroup, Decision] = {}
    for stored in decisions.effective_of(connection, GROUP_ACTIONS):
        made = stored.decision
        if made.action is Action.ACCEPT_RECORDS and stored.completes is None:
            continue  # one person alone accepts nothing, whatever the row says
        group, until = read_scope(made.scope)
        ended = until is not None and datetime.combine(until, time.min, UTC) <= now
        if made.action is Action.WITHDRAW or ended:
            found.pop(group, None)
        else:
            found[group] = made
    return found


def accepted_of(
    connection: sa.Connection, sources: Mapping[int, Source], now: datetime
) -> dict[int, frozenset[str]]:
    """Return what is accepted of each inventory's records, by the host that they come from."""
    by_host: dict[str, set[str]] = {}
    for group, made in in_force(connection, now).items():
        if made.action is Action.ACCEPT_RECORDS:
            by_host.setdefault(group.host, set()).add(group.key)
    return {n: frozenset(by_host.get(source.host, ())) for n, source in sources.items()}
