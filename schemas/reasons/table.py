"""The whole table of reason codes, and how a reason is made from a code."""

from schemas.interface import Reason
from schemas.reasons import (
    clinical,
    dicom,
    dumps,
    fhir,
    general,
    hl7v2,
    hprim,
    identifiers,
    tabular,
)
from schemas.reasons.kinds import ReasonKind

KINDS: tuple[ReasonKind, ...] = (
    *general.KINDS,
    *identifiers.KINDS,
    *tabular.KINDS,
    *hl7v2.KINDS,
    *hprim.KINDS,
    *fhir.KINDS,
    *clinical.KINDS,
    *dicom.KINDS,
    *dumps.KINDS,
)
BY_CODE = {kind.code: kind for kind in KINDS}


def because(code: str, where: str = "", redacted_value: str = "") -> Reason:
    """Return a reason with the class and severity that the table gives its code.

    Raises:
        KeyError: the table has no such code.
    """
    kind = BY_CODE[code]
    return Reason(
        code=code,
        reason_class=kind.reason_class,
        severity=kind.severity,
        where=where,
        redacted_value=redacted_value,
    )
