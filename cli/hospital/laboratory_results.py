"""Invented laboratory results, as HL7 v2.5.1 messages and as lines of a table."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cli.hospital.people import Patient, doctor, patient
from cli.hospital.seed import number

MONTH_START = datetime(2025, 1, 6, 7, 30)  # noqa: DTZ001  laboratories write local times
COLUMNS = ("ipp", "prelevement", "loinc", "analyse", "valeur", "unite", "normale", "validation")


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """A kind of measurement: LOINC code, name, unit, and usual range in tenths of the unit."""

    loinc: str
    name: str
    unit: str
    low: int
    high: int


ANALYSES = (
    Analysis(loinc="718-7", name="Hémoglobine", unit="g/dL", low=120, high=170),
    Analysis(loinc="2345-7", name="Glucose", unit="mg/dL", low=700, high=1100),
    Analysis(loinc="2823-3", name="Potassium", unit="mmol/L", low=35, high=51),
    Analysis(loinc="2160-0", name="Créatinine", unit="mg/dL", low=5, high=12),
    Analysis(loinc="777-3", name="Plaquettes", unit="10*3/uL", low=1500, high=4000),
)


def message(order: int) -> bytes:
    """Return one result message (ORU^R01) of all analyses for one patient."""
    subject, at = patient(order), MONTH_START + timedelta(hours=order)
    stamp = f"{at:%Y%m%d%H%M%S}"
    control = f"DEMO{order:08d}"
    way = f"LABO|SITE-NORD|DPI|SITE-SUD|{stamp}"
    segments = [
        f"MSH|^~\\&|{way}||ORU^R01^ORU_R01|{control}|P|2.5.1||||||UNICODE UTF-8",
        _patient_segment(subject),
        f"PV1|1|O|||||||{doctor(order)}||||||||||SEJ{order:06d}",
        f"OBR|1||LAB{order:06d}|BIO^Bilan sanguin^L|||{stamp}",
        *(_result_segment(line, order, stamp) for line in range(1, len(ANALYSES) + 1)),
    ]
    return "".join(segment + "\r" for segment in segments).encode()


def batch(orders: range) -> bytes:
    """Return the messages as one file with its counted trailers (HL7 v2.5.1 §2.10.3)."""
    stamp = f"{MONTH_START:%Y%m%d%H%M%S}"
    head = f"FHS|^~\\&|LABO|SITE-NORD|DPI|SITE-SUD|{stamp}\rBHS|^~\\&|LABO|SITE-NORD\r".encode()
    tail = f"BTS|{len(orders)}\rFTS|1\r".encode()
    return head + b"".join(message(order) for order in orders) + tail


def table(month: int, *, encoding: str = "utf-8") -> bytes:
    """Return a month's results as a table with semicolons and decimal commas."""
    lines = [";".join(COLUMNS)]
    for order in range(month * 100, month * 100 + 40):
        at = MONTH_START + timedelta(days=30 * month, minutes=order)
        lines.extend(_table_line(order, position, at) for position in range(len(ANALYSES)))
    return "".join(line + "\r\n" for line in lines).encode(encoding)


def _patient_segment(subject: Patient) -> str:
    name = f"{subject.family_name}^{subject.given_name}"
    return f"PID|1||{subject.ipp}^^^HOPITAL-DEMO^PI||{name}||{subject.born:%Y%m%d}|{subject.sex}"


def _result_segment(line: int, order: int, stamp: str) -> str:
    analysis = ANALYSES[line - 1]
    tenths = number(f"oru-{order}-{line}", analysis.low, analysis.high)
    span = f"{analysis.low / 10:g}-{analysis.high / 10:g}"
    code = f"{analysis.loinc}^{analysis.name}^LN"
    return f"OBX|{line}|NM|{code}||{tenths / 10:g}|{analysis.unit}|{span}|N|||F|||{stamp}"


def _table_line(order: int, position: int, at: datetime) -> str:
    analysis = ANALYSES[position]
    tenths = number(f"table-{order}-{position}", analysis.low, analysis.high)
    span = f"{analysis.low // 10} à {analysis.high // 10}"
    fields = (
        patient(order % 60).ipp,
        f"{at:%Y-%m-%d %H:%M}",
        analysis.loinc,
        analysis.name,
        f"{tenths // 10},{tenths % 10}",
        analysis.unit,
        span,
        doctor(order),
    )
    return ";".join(fields)
