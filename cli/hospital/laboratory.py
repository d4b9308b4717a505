"""The share of the laboratory server: result messages and tables, some lost in a power failure."""

from cli.hospital import damage
from cli.hospital.laboratory_results import ANALYSES, batch, message, table
from cli.hospital.office import Row, docx, xlsx
from cli.hospital.pdf import pdf
from cli.hospital.planted import Condition, Planted, Share, intact, long_before, planted
from cli.hospital.prose import NOTICE, letter
from cli.hospital.seed import number
from custody.entry import EntryKind

MESSAGES = 30
MONTHS = 12


def laboratory() -> Share:
    """Return everything that stands on the laboratory server."""
    return Share(
        host="srv-labo",
        site="site-nord",
        service="biologie",
        planted=(*_messages(), *_tables(), *_office(), *_damaged(), *_special()),
    )


def _messages() -> list[Planted]:
    single = [intact(f"hl7/sortie/ORU{n:05d}.hl7", message(n)) for n in range(MESSAGES)]
    return [*single, intact("hl7/lots/lot-2025-02.hl7", batch(range(100, 125)))]


def _tables() -> list[Planted]:
    months = [
        intact(f"resultats/resultats-2025-{month + 1:02d}.csv", table(month))
        for month in range(MONTHS)
    ]
    old = intact("resultats/anciens/resultats-1998.csv", table(20, encoding="cp1252"))
    return [*months, old]


def _office() -> list[Planted]:
    procedures = ("prélèvement", "conservation", "transport")
    written = [
        intact(f"procédures/{name}.pdf", pdf([f"Procédure : {name}", NOTICE]))
        for name in procedures
    ]
    charts = [
        intact(f"contrôles/{analysis.loinc}.xlsx", xlsx("Contrôle", _chart(analysis.loinc)))
        for analysis in ANALYSES
    ]
    call = intact("procédures/astreinte.docx", docx(letter(900)))
    return [*written, *charts, call, intact("lisez-moi.txt", f"{NOTICE}\n".encode())]


def _chart(code: str) -> list[Row]:
    days = ((f"J{day}", number(f"chart-{code}-{day}", 80, 120)) for day in range(1, 40))
    return [("Jour", "Valeur"), *days]


def _damaged() -> list[Planted]:
    damaged = {
        "resultats/resultats-2026-02.csv": damage.zeroed(table(14)),
        "contrôles/lot-perdu.xlsx": damage.cut(xlsx("Contrôle", _chart("lost")), 55),
        "procédures/étiquetage.pdf": damage.zero_tail(pdf(letter(901)), 50),
    }
    return [planted(path, content, Condition.DAMAGED) for path, content in damaged.items()]


def _special() -> list[Planted]:
    """What a running analyser leaves: a pipe, and a lock file without a byte."""
    pipe = Planted(
        path=b"hl7/automate.fifo",
        modified=long_before("pipe"),
        condition=Condition.NO_CONTENT,
        kind=EntryKind.FIFO,
    )
    return [pipe, intact("hl7/verrou.txt", b"")]
