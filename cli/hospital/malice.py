"""What an attack leaves behind, harmless here: marks that scanners know and nothing that runs."""

import struct

from cli.hospital.seed import number, stream
from cli.hospital.zipped import zipped

# The anti-virus test text (eicar.org), in two halves: no file of this project may hold it whole,
# or the scanner of a developer's machine takes the project away.
EICAR_HALVES = ("X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-", "STANDARD-ANTIVIRUS-TEST-FILE!$H+H*")

RANSOM_NOTE = """\
!!! TOUS VOS FICHIERS ONT ÉTÉ CHIFFRÉS !!!

Bonjour,

Vos fichiers, vos documents et vos bases de données ont été chiffrés (encrypted) par notre équipe.
Sans notre clé de déchiffrement, personne ne pourra les récupérer. All your files are encrypted.

Que faire ?
1. Installez Tor Browser.
2. Ouvrez http://demonstration-sans-existence-invalide.onion et entrez votre identifiant.
3. Payez la rançon en bitcoin (BTC) pour recevoir le décrypteur (decryptor).

Votre identifiant personnel (personal ID): DEMO-0000-AUTOCLAVE
Contact : personne@example.invalid

Vous avez 72 heures. Passé ce délai (deadline), le prix sera doublé et vos données seront publiées.
Ne renommez pas et ne modifiez pas les fichiers, n'utilisez aucun logiciel de récupération.

(Texte fictif, écrit pour une démonstration : personne n'attend d'argent.)
"""


def eicar() -> bytes:
    """Return the anti-virus test text, whole only in memory."""
    return "".join(EICAR_HALVES).encode("ascii")


def eicar_archive(*, deflated: bool) -> bytes:
    """Return an archive that holds the test text beside a harmless note."""
    members = {"lisez-moi.txt": b"Pieces jointes du message.\n", "facture.com": eicar()}
    return zipped(members, deflated=deflated)


def nested_archive() -> bytes:
    """Return an archive that holds the test text two archives deep."""
    return zipped({"scans.zip": zipped({"lot-1.zip": eicar_archive(deflated=True)})})


def program_header() -> bytes:
    """Return the headers of a Windows program without any section or code."""
    mz = b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 0x40)
    machine, sections, optional_size, flags = 0x14C, 0, 224, 0x0102
    coff = struct.pack("<HHIIIHH", machine, sections, 0, 0, 0, optional_size, flags)
    return (mz + b"PE\0\0" + coff + struct.pack("<H", 0x10B)).ljust(1024, b"\0")


def encrypted(seed: str) -> bytes:
    """Return what ransomware makes of a scanned letter: noise, with a footer for the key."""
    return stream(seed, number(f"{seed}-size", 18_000, 60_000) + 512)
