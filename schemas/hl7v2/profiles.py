"""Message profiles: which segments and fields each kind of message needs (HL7 v2.3 to v2.5.1).

Chapters 3 (ADT), 4 (ORM), 7 (ORU), 9 (MDM) and 10 (SIU); PAM.fr 2.10 for ZBE. What the standard
asks for and hospitals leave out as a habit is told apart from what no message can do without.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

Place = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What one kind of message needs.

    `once` are segments of which there is at most one; a `group` may hold the patient again when
    it opens with this segment's companion (an ORU has one patient for each group of orders).
    """

    needs: tuple[str, ...]
    once: frozenset[str] = frozenset({"EVN", "PID", "PV1", "PV2"})
    fields: tuple[Place, ...] = ()
    usual: tuple[Place, ...] = ()


_PATIENT: tuple[Place, ...] = (("PID", 3),)
_USUAL_VISIT: tuple[Place, ...] = (("PID", 5), ("PV1", 2), ("PV1", 19), ("EVN", 2))
_VISIT = Profile(needs=("EVN", "PID", "PV1"), fields=_PATIENT, usual=_USUAL_VISIT)
_PERSON = Profile(needs=("EVN", "PID"), fields=_PATIENT, usual=(("PID", 5), ("EVN", 2), ("PV1", 2)))
_MERGE = Profile(
    needs=("EVN", "PID", "MRG"),
    once=frozenset({"EVN"}),
    fields=(("PID", 3), ("MRG", 1)),
    usual=(("EVN", 2),),
)
# Accounts and visits are merged by MRG-3 and MRG-5; many senders leave the patient out.
_MERGE_OF_VISITS = replace(_MERGE, fields=(("PID", 3),), usual=(("MRG", 1), ("EVN", 2)))
_TWO_PATIENTS = Profile(
    needs=("EVN", "PID"), once=frozenset({"EVN"}), fields=_PATIENT, usual=(("EVN", 2),)
)
_ADT: Mapping[str, Profile] = {
    **dict.fromkeys(
        "A01 A02 A03 A04 A05 A06 A07 A08 A09 A10 A11 A12 A13 A14 A15 A16 A21 A22 A23 A25 A26 A27"
        " A32 A33 A38 A52 A53 A54 A55 Z99 Z80 Z81 Z84 Z85 Z88 Z89".split(),
        _VISIT,
    ),
    **dict.fromkeys("A28 A29 A31 A60 A61 A62".split(), _PERSON),
    **dict.fromkeys("A18 A30 A34 A36 A39 A40 A43 A46 A47".split(), _MERGE),
    **dict.fromkeys("A35 A41 A42 A44 A45 A48 A49 A50 A51".split(), _MERGE_OF_VISITS),
    **dict.fromkeys("A17 A24 A37".split(), _TWO_PATIENTS),
    "A20": Profile(needs=("EVN", "NPU")),
}
_RESULT = Profile(
    needs=("OBR",),
    once=frozenset(),
    fields=(("OBR", 4),),
    usual=(("PID", 3), ("OBX", 11)),
)
_ORDER = Profile(
    needs=("ORC",), fields=(("ORC", 1),), usual=(("PID", 3),), once=frozenset({"PID", "PV1"})
)
_APPOINTMENT = Profile(
    needs=("SCH",), once=frozenset({"SCH"}), fields=(), usual=(("SCH", 6), ("RGS", 1))
)
_DOCUMENT = Profile(
    needs=("EVN", "PID", "TXA"),
    once=frozenset({"EVN", "PID", "PV1", "TXA"}),
    fields=_PATIENT,
    usual=(("PV1", 2), ("TXA", 2), ("TXA", 12), ("TXA", 17)),
)
_DOCUMENT_WITH_CONTENT = Profile(
    needs=("EVN", "PID", "TXA", "OBX"),
    once=_DOCUMENT.once,
    fields=_PATIENT,
    usual=_DOCUMENT.usual,
)
_DOCUMENTS: Mapping[str, Profile] = {
    **dict.fromkeys("T01 T03 T05 T07 T09 T11".split(), _DOCUMENT),
    **dict.fromkeys("T02 T04 T06 T08 T10".split(), _DOCUMENT_WITH_CONTENT),
}


def profile_of(kind: str, event: str) -> Profile | None:
    """Return the profile of a message kind and trigger event (MSH-9); None without one."""
    match kind:
        case "ADT":
            return _ADT.get(event)
        case "ORU" if event in ("R01", "R03", "R32", "R40"):
            return _RESULT
        case "ORM" if event == "O01":
            return _ORDER
        case "SIU" if event in _SCHEDULING:
            return _APPOINTMENT
        case "MDM":
            return _DOCUMENTS.get(event)
        case _:
            return None


_SCHEDULING = frozenset(f"S{number}" for number in range(12, 27))
PROFILED_VERSIONS = frozenset({"2.3", "2.3.1", "2.4", "2.5", "2.5.1"})
# Movements of PAM.fr carry ZBE: who moved, from when, and whether it is new, changed or cancelled.
FRENCH_FIELDS: tuple[Place, ...] = (("ZBE", 1), ("ZBE", 2), ("ZBE", 4), ("ZBE", 5))
