"""The texts of letters, reports and notes, put together from a few French sentences."""

from cli.hospital.people import doctor, patient
from cli.hospital.seed import number, pick

REASONS = (
    "une douleur de l'épaule droite depuis trois semaines",
    "un contrôle annuel sans plainte particulière",
    "une toux sèche persistante",
    "des vertiges au lever",
    "une fatigue modérée depuis l'été",
)
FINDINGS = (
    "L'examen clinique est rassurant, la tension est à 12/8.",
    "L'auscultation est normale, le rythme est régulier.",
    "La mobilité est complète, sans déficit.",
    "L'échographie ne montre pas d'anomalie.",
    "Le bilan biologique est dans les normes.",
)
PLANS = (
    "Nous proposons un contrôle dans six mois.",
    "Une surveillance simple suffit.",
    "Des séances de kinésithérapie sont prescrites.",
    "Le traitement habituel est poursuivi sans changement.",
)
NOTICE = "Document fictif : données de démonstration, aucune personne réelle."


def letter(order: int) -> list[str]:
    """Return a letter about a patient, one paragraph an item."""
    subject, seed = patient(order), f"letter-{order}"
    return [
        "Hôpital de démonstration, site Sud",
        f"Concerne : {subject.full_name}, IPP {subject.ipp}, dossier {number(seed, 1000, 9999)}",
        "Cher confrère,",
        f"Nous avons reçu votre patient en consultation pour {pick(seed, REASONS)}.",
        *(pick(f"{seed}-{line}", FINDINGS) for line in range(number(f"{seed}-lines", 4, 18))),
        pick(f"{seed}-plan", PLANS),
        f"Bien cordialement, {doctor(order)}",
        NOTICE,
    ]


def imaging_report(order: int, description: str) -> list[str]:
    """Return the report on an examination, one line an item."""
    subject = patient(order)
    return [
        "Hôpital de démonstration, site Nord - Service de radiologie",
        f"Patient : {subject.full_name}, IPP {subject.ipp}",
        f"Examen : {description}",
        *(pick(f"report-{order}-{line}", FINDINGS) for line in range(5)),
        f"Conclusion : {pick(f'report-{order}', PLANS)}",
        NOTICE,
    ]


def nursing_note(order: int) -> bytes:
    """Return a nurse's note as plain text."""
    subject = patient(order)
    lines = [
        f"Transmission infirmière - {subject.full_name}",
        f"Nuit calme. Température : 36,{number(f'note-{order}', 2, 9)} degrés.",
        pick(f"note-{order}", PLANS),
        NOTICE,
    ]
    return "".join(line + "\n" for line in lines).encode()


def minutes(order: int) -> list[str]:
    """Return the minutes of a meeting, one paragraph an item."""
    return [
        f"Comité de direction numéro {order} - relevé de décisions",
        *(f"Point {line} : {_decision(order, line)}" for line in range(1, 9)),
        NOTICE,
    ]


def _decision(order: int, line: int) -> str:
    topics = ("les travaux du hall", "le plan de formation", "le budget des achats", "la cafétéria")
    ends = (
        "est approuvé à l'unanimité.",
        "est reporté au mois prochain.",
        "fait l'objet d'un avis.",
    )
    seed = f"minutes-{order}-{line}"
    return f"le dossier sur {pick(seed, topics)} {pick(f'{seed}-end', ends)}"
