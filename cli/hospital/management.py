"""The share of the hospital's management: ordinary office files."""

from cli.hospital.office import Row, docx, xlsx
from cli.hospital.pdf import pdf
from cli.hospital.planted import Planted, Share, intact
from cli.hospital.png import png
from cli.hospital.prose import NOTICE, minutes
from cli.hospital.seed import number

YEARS = range(2021, 2027)


def management() -> Share:
    """Return everything that stands on the share of the management."""
    return Share(
        host="srv-dossiers",
        site="site-sud",
        service="direction",
        planted=(*_budgets(), *_meetings(), *_pictures()),
    )


def _budgets() -> list[Planted]:
    headings = ("Personnel", "Médicaments", "Énergie", "Travaux", "Formation")
    files = []
    for year in YEARS:
        amounts = [(heading, number(f"{year}-{heading}", 10_000, 900_000)) for heading in headings]
        rows: list[Row] = [("Chapitre", "Euros"), *amounts]
        files.append(intact(f"budget/budget-{year}.xlsx", xlsx(f"Budget {year}", rows)))
    return files


def _meetings() -> list[Planted]:
    written = [intact(f"comité/relevé-{n:02d}.docx", docx(minutes(n))) for n in range(1, 11)]
    signed = [intact(f"comité/relevé-{n:02d}.pdf", pdf(minutes(n))) for n in range(1, 6)]
    return [*written, *signed]


def _pictures() -> list[Planted]:
    shades = {"façade": 3, "hall": 90, "jardin": 170}
    pictures = [intact(f"photos/{name}.png", png(shade)) for name, shade in shades.items()]
    return [*pictures, intact("photos/lisez-moi.txt", f"{NOTICE}\n".encode())]
