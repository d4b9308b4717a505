"""Patients and doctors that nobody can take for real ones: they are all named after vegetables."""

from dataclasses import dataclass
from datetime import date, timedelta

from cli.hospital.seed import number, pick

FAMILY_NAMES = (
    "Céleri",
    "Fenouil",
    "Pâtisson",
    "Échalote",
    "Potimarron",
    "Crosne",
    "Salsifis",
    "Roquette",
    "Topinambour",
    "Artichaut",
    "Brède-Mafane",
    "Maïs d'Été",
)
GIVEN_NAMES = (
    ("Zoé", "F"),
    ("Noël", "M"),
    ("Hélène", "F"),
    ("Gaëtan", "M"),
    ("Maëlys", "F"),
    ("François", "M"),
    ("Anaïs", "F"),
    ("Jérôme", "M"),
)
DOCTORS = ("Dr Ciboulette", "Dr Persil", "Dr Estragon", "Pr Sarriette", "Dr Aneth")
EARLIEST_BIRTH = date(1936, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """An invented patient; `ipp` is the number that a hospital gives."""

    ipp: str
    family_name: str
    given_name: str
    sex: str
    born: date

    @property
    def full_name(self) -> str:
        """The name as it stands in a letter."""
        return f"{self.given_name} {self.family_name.upper()}"


def patient(index: int) -> Patient:
    """Return the invented patient with this number."""
    seed = f"patient-{index}"
    given_name, sex = pick(seed, GIVEN_NAMES)
    return Patient(
        ipp=f"DEMO{index:06d}",
        family_name=FAMILY_NAMES[index % len(FAMILY_NAMES)],
        given_name=given_name,
        sex=sex,
        born=EARLIEST_BIRTH + timedelta(days=number(f"{seed}-born", 0, 30_000)),
    )


def doctor(index: int) -> str:
    """Return the name of an invented doctor."""
    return DOCTORS[index % len(DOCTORS)]
