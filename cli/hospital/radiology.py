"""The share of the PACS server: studies, reports, and images that a power failure cut."""

from datetime import datetime

from cli.hospital import damage, dicom, malice
from cli.hospital.office import Row, xlsx
from cli.hospital.pdf import pdf
from cli.hospital.people import patient
from cli.hospital.planted import Condition, Planted, Share, intact, long_before, planted
from cli.hospital.png import png
from cli.hospital.prose import imaging_report
from custody.entry import EntryKind

STUDIES = 8
SLICES = 6
DESCRIPTIONS = ("Scanner thoracique", "Scanner cérébral", "Scanner abdominal", "Épaule droite")


def radiology() -> Share:
    """Return everything that stands on the PACS server."""
    return Share(
        host="srv-pacs",
        site="site-nord",
        service="radiologie",
        planted=(*_studies(), *_office(), *_damaged(), *_programs(), *_links()),
    )


def study(number: int) -> dicom.Study:
    """Return one of the invented examinations."""
    return dicom.Study(
        number=number,
        patient=patient(number),
        description=DESCRIPTIONS[number % len(DESCRIPTIONS)],
        at=datetime(2025, 2 + number, 3, 9, 15),  # noqa: DTZ001  DICOM times are local
    )


def _studies() -> list[Planted]:
    files: list[Planted] = []
    for number in range(STUDIES):
        examination = study(number)
        folder = f"etudes/EX{number:04d}"
        files.extend(
            intact(f"{folder}/IM{order:04d}.dcm", dicom.instance(examination, order))
            for order in range(1, SLICES + 1)
        )
        report = pdf(imaging_report(number, examination.description))
        files.append(intact(f"{folder}/compte-rendu.pdf", report))
    return files


def _office() -> list[Planted]:
    rows: list[Row] = [
        ("Jour", "Salle", "Examens"),
        *((f"J{day}", "Scanner 1", day % 7) for day in range(30)),
    ]
    logo = png(40)
    return [
        intact("planning/planning-2026.xlsx", xlsx("Planning", rows)),
        intact("planning/modalites.csv", b"salle;appareil\r\n1;Scanner\r\n2;IRM\r\n"),
        intact("modeles/logo.png", logo),
        intact("modeles/copie de logo.png", logo),
        intact("modeles/en-tête.txt", "Hôpital de démonstration\nSite Nord\n".encode()),
    ]


def _damaged() -> list[Planted]:
    images = [dicom.instance(study(0), order) for order in range(20, 23)]
    damaged = {
        "a-classer/IM0020.dcm": damage.cut(images[0], 60),
        "a-classer/IM0021.dcm": damage.cut(images[1], 6),
        "a-classer/IM0022.dcm": damage.zeroed(images[2]),
        "a-classer/image-coupee.png": damage.cut(png(7), 70),
    }
    return [planted(path, content, Condition.DAMAGED) for path, content in damaged.items()]


def _programs() -> list[Planted]:
    """A program under a picture's name, and one in front of an image (CVE-2019-11687)."""
    header = malice.program_header()
    hidden = dicom.instance(study(1), 30, preamble=header[:128])
    return [
        planted("a-classer/épaule-gauche.jpg", header, Condition.PROHIBITED),
        planted("a-classer/IM0030.dcm", hidden, Condition.MALICIOUS),
    ]


def _links() -> list[Planted]:
    return [
        Planted(
            path=b"derniere-etude",
            modified=long_before("derniere-etude"),
            condition=Condition.NO_CONTENT,
            kind=EntryKind.SYMLINK,
            link_to=b"etudes/EX0007",
        ),
        Planted(
            path=b"modeles/logo-lien.png",
            modified=long_before("modeles/logo.png"),
            link_to=b"modeles/logo.png",
        ),
    ]
