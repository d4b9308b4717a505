"""The share with the patients' records: the one that the attack reached."""

from datetime import timedelta

from cli.hospital import damage, malice
from cli.hospital.office import docm, docx
from cli.hospital.pdf import pdf, pdf_with_script
from cli.hospital.people import patient
from cli.hospital.planted import (
    ENCRYPTION,
    Condition,
    Planted,
    Share,
    intact,
    long_before,
    planted,
)
from cli.hospital.prose import letter, nursing_note

LETTERS = 24
ATTACKED = "hospitalisation/2026-03"
ENCRYPTED_LETTERS = 9
ENCRYPTED_SCANS = 3


def records() -> Share:
    """Return everything that stands on the share of the patients' records."""
    return Share(
        host="srv-dossiers",
        site="site-sud",
        service="dossiers-patients",
        planted=(*_folders(), *_attacked(), *_mail(), *_damaged(), *_names()),
    )


def _folders() -> list[Planted]:
    files = []
    for order in range(LETTERS):
        folder = f"courriers/{patient(order).ipp}"
        files.append(intact(f"{folder}/lettre-de-sortie.docx", docx(letter(order))))
        if order % 2 == 0:
            files.append(intact(f"{folder}/ordonnance.pdf", pdf(letter(order + 200))))
        if order % 3 == 0:
            files.append(intact(f"{folder}/transmissions.txt", nursing_note(order)))
    index = "".join(f"{patient(n).ipp};{patient(n).full_name}\r\n" for n in range(LETTERS))
    return [*files, intact("courriers/index.csv", f"ipp;nom\r\n{index}".encode())]


def _attacked() -> list[Planted]:
    """One folder, encrypted within a quarter of an hour: the note, the losses, the survivors."""
    names = [f"compte-rendu-{n:04d}.docx" for n in range(ENCRYPTED_LETTERS)]
    names += [f"consentement-{n:04d}.pdf" for n in range(ENCRYPTED_SCANS)]
    lost = [
        _attacked_file(f"{name}.lockbit", malice.encrypted(name), Condition.ENCRYPTED, 37 * order)
        for order, name in enumerate(names)
    ]
    text = malice.RANSOM_NOTE.encode()
    note = _attacked_file("LISEZ-MOI-FICHIERS.txt", text, Condition.RANSOM_NOTE, 900)
    survivors = [intact(f"{ATTACKED}/lettre-{n:04d}.docx", docx(letter(n))) for n in (390, 391)]
    recent = _attacked_file("transmissions.txt", nursing_note(392), Condition.NEIGHBOUR, -28_800)
    return [*lost, note, *survivors, recent]


def _attacked_file(name: str, content: bytes, condition: Condition, seconds: int) -> Planted:
    """Return a file of the attacked folder, changed so long after the encryption began."""
    return Planted(
        path=f"{ATTACKED}/{name}".encode(),
        content=content,
        modified=ENCRYPTION + timedelta(seconds=seconds),
        condition=condition,
    )


def _mail() -> list[Planted]:
    """Attachments as they were saved: archives with the test text, and documents that act."""
    files = {
        "pieces-jointes/facture.zip": (malice.eicar_archive(deflated=False), Condition.MALICIOUS),
        "pieces-jointes/colis.zip": (malice.eicar_archive(deflated=True), Condition.MALICIOUS),
        "pieces-jointes/archives.zip": (malice.nested_archive(), Condition.MALICIOUS),
        "pieces-jointes/formulaire.docm": (docm(letter(500)), Condition.ACTIVE),
        "pieces-jointes/convocation.docx": (docm(letter(501)), Condition.ACTIVE),
        "pieces-jointes/questionnaire.pdf": (pdf_with_script(letter(502)), Condition.ACTIVE),
    }
    return [planted(path, content, condition) for path, (content, condition) in files.items()]


def _damaged() -> list[Planted]:
    damaged = {
        "a-classer/lettre-coupee.docx": damage.cut(docx(letter(600)), 60),
        "a-classer/bilan-coupe.pdf": damage.cut(pdf(letter(601)), 60),
        "a-classer/jamais-ecrit.pdf": damage.zeroed(pdf(letter(602))),
        "a-classer/vide.docx": b"",
    }
    return [planted(path, content, Condition.DAMAGED) for path, content in damaged.items()]


def _names() -> list[Planted]:
    hostile = (
        b"noms/compte\nrendu.txt",
        "noms/radio\u202etxt.exe".encode(),
        b"noms/\x1b[2J\x1b[31malerte.txt",
    )
    odd = (
        b"noms/" + "é".encode() * 125 + b"x.txt",
        b"noms/r\xe9sultat.txt",
        b"noms/ordonnance.txt ",
    )
    return [
        *(_named(path, Condition.HOSTILE_NAME) for path in hostile),
        *(_named(path, Condition.ODD_NAME) for path in odd),
    ]


def _named(path: bytes, condition: Condition) -> Planted:
    return Planted(
        path=path,
        content=nursing_note(sum(path)),  # one that no other name has
        modified=long_before(path.hex()),
        condition=condition,
    )
