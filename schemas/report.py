"""What is known of an extract after validation, and how it travels out of the box as JSON."""

from dataclasses import dataclass

from custody.box import Json
from custody.records import Counts
from schemas.interface import ReasonClass
from schemas.reasons.table import BY_CODE

MOST_TEXT = 300
MOST_DECODED_GROUPS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Reasons of one code at one place: how many records, and the numbers of the first ones.

    Without a record's number the reason is about the extract as a whole.
    """

    code: str
    reason_class: ReasonClass
    where: str = ""
    count: int
    records: tuple[int, ...] = ()
    redacted_value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Counts and grouped reasons of one extract; `unread` says why it was not read to its end."""

    schema: str
    media_type: str
    counts: Counts
    groups: tuple[Group, ...] = ()
    unread: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether everything was read, something was there, and nothing of it is refused."""
        refusing = any(group.reason_class is ReasonClass.INTEGRITY for group in self.groups)
        proven = self.counts.proves_something and not self.unread
        return proven and self.counts.refused == 0 and not refusing


def encode_report(report: Report) -> Json:
    """Return a report as JSON."""
    counts = report.counts
    return {
        "schema": report.schema,
        "media_type": report.media_type,
        "counts": [counts.read, counts.accepted, counts.refused, counts.flagged],
        "groups": [
            [g.code, g.reason_class.value, g.where, g.count, list(g.records), g.redacted_value]
            for g in report.groups
        ],
        "unread": report.unread,
    }


def decode_report(untrusted_value: Json) -> Report:
    """Check and return a report that came out of the box.

    Raises:
        ValueError: it has not the shape of a report, or its counts do not add up.
    """
    try:
        read, accepted, refused, flagged = map(_number, untrusted_value["counts"])
        groups = untrusted_value["groups"]
        if len(groups) > MOST_DECODED_GROUPS:
            raise ValueError("too many groups")
        return Report(
            schema=_text(untrusted_value["schema"]),
            media_type=_text(untrusted_value["media_type"]),
            counts=Counts(read=read, accepted=accepted, refused=refused, flagged=flagged),
            groups=tuple(map(_group, groups)),
            unread=_text(untrusted_value["unread"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("a reply that is no report") from error


def _group(untrusted_group: Json) -> Group:
    code, name, where, count, records, value = untrusted_group
    if code not in BY_CODE:
        raise ValueError("a reason without a code")
    return Group(
        code=code,
        reason_class=ReasonClass(name),
        where=_text(where),
        count=_number(count),
        records=tuple(map(_number, records)),
        redacted_value=_text(value),
    )


def _number(value: Json) -> int:
    if type(value) is not int or value < 0:
        raise ValueError("no number")
    return value


def _text(value: Json) -> str:
    if not isinstance(value, str) or len(value) > MOST_TEXT:
        raise ValueError("no text")
    return value
