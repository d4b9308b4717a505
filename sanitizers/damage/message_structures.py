"""What the last message of a file still has to have (HL7 v2.3 to 2.8, message structures).

Only what no version and no trigger event of a kind of message leaves out is asked for, so that an
odd message is no cut one. How many fields a segment has is asked of its own neighbours.
"""

import re
from collections.abc import Sequence

# Segments that each message of a kind has; "|" parts those of which one is enough.
_DEMANDED: dict[str, tuple[frozenset[str], ...]] = {
    kind: tuple(frozenset(choice.split("|")) for choice in names.split())
    for kind, names in {
        **dict.fromkeys(("ACK", "ORL", "ORR", "SRR"), "MSA"),
        **dict.fromkeys(("REF", "RRI"), "PRD PID"),
        "ADT": "PID|NPU",
        "BAR": "PID",
        "VXU": "PID",
        "ORU": "OBR",
        "ORM": "ORC",
        "SIU": "SCH RGS",
        "SRM": "ARQ RGS",
        "MDM": "EVN PID PV1 TXA",
        "DFT": "PID FT1",
        "RDE": "ORC RXE",
        "RDS": "ORC RXD",
        "RAS": "ORC RXA",
        "RGV": "ORC RXG",
        "OMG": "ORC OBR",
        "OMP": "ORC RXO",
        "OML": "PID|OBR|ORC",
        "OUL": "OBR|SPM|SAC",
        "MFN": "MFI MFE",
        "MFK": "MSA MFI",
        "QBP": "QPD RCP",
        "RSP": "MSA QAK",
        "PPR": "PID PRB",
        "PGL": "PID GOL",
        "PPP": "PID PTH",
        "CSU": "PID CSR",
    }.items()
}
# Events of patients who are somewhere, which no version reports without their visit: those that
# only change what is known of a person (A08, A28 to A31) are left out: some writers omit it.
_VISITS = frozenset(
    f"A{number:02}" for number in (*range(1, 8), *range(9, 18), 21, 22, *range(25, 28), 32, 33)
)
# Segments behind which another one has to follow.
_FOLLOWED: dict[str, frozenset[str]] = {
    **dict.fromkeys(("RDE", "RDS", "RAS", "OMG", "OML"), frozenset({"ORC"})),
    "ADT": frozenset({"MSH", "EVN"}),
    "BAR": frozenset({"MSH", "EVN"}),
    "MDM": frozenset({"MSH", "EVN", "PID", "PV1"}),
    "DFT": frozenset({"MSH", "EVN", "PID"}),
    "SIU": frozenset({"SCH"}),
    "OUL": frozenset({"SPM"}),
}
_BEGINS = re.compile(rb"[\r\n]MSH")
_LINE_END = re.compile(rb"[\r\n]+")
_LEAST_ALIKE = 2
# Long segments have many fields that one neighbour fills and the next one leaves out.
_MANY_FIELDS = 12
_KIND_FIELD = 8


def what_is_missing(content: bytes) -> str:
    """Return what the last message of a content lacks, empty when nothing is known to be missing.

    The content begins with the name of a header segment.
    """
    lines = last_message(content)
    header = lines[0]
    if len(header) <= _KIND_FIELD:
        return "the kind of the message"
    parts = header[_KIND_FIELD].split(header[1][:1] or b"^")
    kind, *event = (part.decode("latin-1") for part in parts)
    names = [line[0].decode("latin-1") for line in lines]
    absent = [
        "|".join(sorted(choice)) for choice in _DEMANDED.get(kind, ()) if not choice & set(names)
    ]
    if kind == "ADT" and set(event[:1]) & _VISITS and "PV1" not in names:
        absent.append("PV1")
    if absent:
        return ", ".join(absent)
    if names[-1] in _FOLLOWED.get(kind, ()):
        return f"what follows {names[-1]}"
    return _fields(lines)


def last_message(content: bytes) -> list[list[bytes]]:
    """Return the segments of the last message of a content, each parted into its fields."""
    start = max((found.start() + 1 for found in _BEGINS.finditer(content)), default=0)
    separator = content[start + 3 : start + 4]
    return [line.split(separator) for line in _LINE_END.split(content[start:])]


def _fields(lines: Sequence[list[bytes]]) -> str:
    """Compare the last segment with the others of its name, if all of those are equally long."""
    *others, last = lines
    alike = {len(line) for line in others if line[0] == last[0]}
    count = sum(line[0] == last[0] for line in others)
    usual = min(alike, default=0)
    least = _LEAST_ALIKE + (usual > _MANY_FIELDS)
    if count >= least and len(alike) == 1 and len(last) < usual:
        return "fields that all others of its name have"
    return ""
