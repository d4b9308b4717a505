"""Archives and mails, honest or crafted; inert, whatever they claim to be."""

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
from email import message_from_bytes, policy
from email.message import EmailMessage

from cli.hospital.malice import eicar, eicar_archive, program_header
from tests.corpus.packages import (
    archive,
    encrypted,
    overlapping,
    with_claimed_size,
    with_local_name,
)

NOTE = b"Compte rendu : rien a signaler.\n" * 4
TABLE = b"nom;valeur\nsodium;140\npotassium;4\n"
PLAIN = archive({"note.txt": NOTE, "table.csv": TABLE})
MEBI = 1 << 20


def nested(content: bytes, depth: int) -> bytes:
    """Return content under so many archives, each in the next."""
    for level in range(depth):
        content = archive({f"level-{level}.zip" if level else "inside.txt": content})
    return content


def tarred(
    *members: tarfile.TarInfo, content: bytes = NOTE, form: int = tarfile.PAX_FORMAT
) -> bytes:
    """Return a tar archive whose files all hold the same bytes."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w", format=form) as output:
        for member in members:
            member.size = len(content) if member.isreg() else 0
            output.addfile(member, io.BytesIO(content))
    return written.getvalue()


def tar_member(
    name: str, kind: bytes = tarfile.REGTYPE, *, link: str = "", mode: int = 0o644
) -> tarfile.TarInfo:
    """Return the header of a tar member."""
    member = tarfile.TarInfo(name)
    member.type, member.linkname, member.mode = kind, link, mode
    return member


def zip_with_link() -> bytes:
    """Return an archive with a symbolic link of Unix."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as output:
        link = zipfile.ZipInfo("link")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        output.writestr(link, "/etc/passwd")
    return written.getvalue()


def zip64() -> bytes:
    """Return an honest archive whose member needs the 64-bit fields."""
    written = io.BytesIO()
    with (
        zipfile.ZipFile(written, "w") as output,
        output.open("note.txt", "w", force_zip64=True) as member,
    ):
        member.write(NOTE)
    return written.getvalue()


def many(count: int) -> bytes:
    """Return an archive of many empty members, made by hand: a library takes seconds for it."""
    local, central = bytearray(), bytearray()
    for number in range(count):
        name = b"%06d" % number
        at = len(local)
        local += struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 0, 0, 33, 0, 0, 0, 6, 0) + name
        central += (
            struct.pack(
                "<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 0, 0, 33, 0, 0, 0, 6, 0, 0, 0, 0, 0, at
            )
            + name
        )
    shown = min(count, 0xFFFF)
    wide = b""
    if count > 0xFFFE:
        start = len(local) + len(central)
        wide = struct.pack(
            "<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, len(central), len(local)
        ) + struct.pack("<4sIQI", b"PK\6\7", 0, start, 1)
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, shown, shown, len(central), len(local), 0)
    return bytes(local + central) + wide + end


def many_times_many() -> bytes:
    """Return a small archive of equal archives of equal archives: little in it is distinct."""
    content = archive({"zeros.txt": b"\n" * MEBI})
    for _ in range(3):
        content = archive({f"{n:02}.zip": content for n in range(16)})
    return content


def mail(
    *attachments: tuple[str, bytes], text: str = "Bonjour docteur,\nvoici les resultats.\n"
) -> bytes:
    """Return a plain mail with attachments."""
    message = EmailMessage()
    message["From"] = "labo@example.invalid"
    message["To"] = "service@example.invalid"
    message["Subject"] = "Resultats"
    message["Date"] = "Fri, 13 Mar 2026 19:00:00 +0100"
    message.set_content(text)
    for name, content in attachments:
        message.add_attachment(
            content, maintype="application", subtype="octet-stream", filename=name
        )
    return message.as_bytes()


def mail_in_mail(content: bytes) -> bytes:
    """Return a mail that forwards another as it stands."""
    outer = EmailMessage()
    outer["From"], outer["To"] = "a@example.invalid", "b@example.invalid"
    outer["Subject"] = "TR: resultats"
    outer.set_content("Voir le message joint.\n")
    outer.add_attachment(message_from_bytes(content, policy=policy.default))
    return outer.as_bytes()


def mailbox(*mails: bytes) -> bytes:
    """Return a mailbox of mails."""
    line = b"From labo@example.invalid Fri Mar 13 19:00:00 2026\n"
    return b"".join(line + content.rstrip(b"\n") + b"\n\n" for content in mails)


_SYM, _LNK, _CHR, _FIFO = tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE
EICAR_ARCHIVE = eicar_archive(deflated=True)
TAR = tarred(tar_member("a/note.txt"), tar_member("a/other.txt"))

# (case, name, content, verdict, a reason that has to be among the reasons)
CASES: tuple[tuple[str, str, bytes, str, str], ...] = (
    ("1 eicar", "v.txt", eicar(), "malicious", "eicar"),
    (
        "2 eicar in zip",
        "a.zip",
        eicar_archive(deflated=True),
        "malicious",
        "archives: part-malicious",
    ),
    ("3 eicar five deep", "a.zip", nested(eicar(), 5), "malicious", "archives: part-malicious"),
    ("4 depth seven", "a.zip", nested(NOTE, 7), "indeterminate", "part-indeterminate"),
    ("5 eicar as UTF-16", "v.txt", eicar().decode().encode("utf-16"), "malicious", ""),
    ("50 all members overlap", "a.zip", overlapping(), "indeterminate", "zip-overlap"),
    (
        "52 size lie",
        "a.zip",
        with_claimed_size(archive({"a": bytes(64 * MEBI)}), 100),
        "indeterminate",
        "zip-size-mismatch",
    ),
    (
        "53 ratio",
        "a.zip",
        archive({"a.txt": b"\n" * (64 * MEBI)}),
        "indeterminate",
        "archives: limit",
    ),
    ("54 nested twenty deep", "a.zip", nested(NOTE, 20), "indeterminate", "part-indeterminate"),
    (
        "54b a small bomb of equal archives",
        "a.zip",
        many_times_many(),
        "indeterminate",
        "extracted",
    ),
    ("55 seventy thousand", "a.zip", many(70_000), "indeterminate", "limit"),
    ("56 traversal", "a.zip", archive({"../../x.txt": NOTE}), "indeterminate", "path-outside"),
    ("56 absolute", "a.zip", archive({"/abs.txt": NOTE}), "indeterminate", "path-outside"),
    ("56 drive", "a.zip", archive({"C:\\x.txt": NOTE}), "indeterminate", "path-outside"),
    ("57 link in zip", "a.zip", zip_with_link(), "indeterminate", "zip-symlink"),
    ("58 link", "a.tar", tarred(tar_member("l", _SYM, link="/etc")), "indeterminate", "symlink"),
    (
        "58 hard link",
        "a.tar",
        tarred(tar_member("l", _LNK, link="x")),
        "indeterminate",
        "hard-link",
    ),
    ("58 device", "a.tar", tarred(tar_member("d", _CHR)), "indeterminate", "archives: device"),
    ("58 fifo", "a.tar", tarred(tar_member("p", _FIFO)), "indeterminate", "archives: fifo"),
    ("58 suid", "a.tar", tarred(tar_member("s.txt", mode=0o4755)), "indeterminate", "set-id"),
    (
        "59 link, then a file through it",
        "a.tar",
        tarred(tar_member("d", _SYM, link="/etc"), tar_member("d/x.txt")),
        "indeterminate",
        "symlink",
    ),
    (
        "60 two names",
        "a.zip",
        with_local_name(archive({"a.txt": NOTE}), b"a.txt", b"a.exe"),
        "indeterminate",
        "name-mismatch",
    ),
    ("61 two archives", "a.zip", PLAIN + PLAIN, "indeterminate", "prefix-data"),
    ("62 prefix", "a.zip", b"junk" * 8 + PLAIN, "indeterminate", "prefix-data"),
    ("63 trailing", "a.zip", PLAIN + b"junk", "indeterminate", "trailing-data"),
    (
        "64 twins by case",
        "a.zip",
        archive({"a.txt": NOTE, "A.TXT": TABLE}),
        "indeterminate",
        "dupl",
    ),
    ("65 password", "a.zip", encrypted(PLAIN), "indeterminate", "password-protected"),
    ("67 gz bomb", "a.gz", gzip.compress(bytes(64 * MEBI)), "indeterminate", "limit"),
    (
        "68 gz twice and garbage",
        "a.gz",
        gzip.compress(NOTE) + gzip.compress(NOTE) + b"garbage",
        "indeterminate",
        "stands behind",
    ),
    ("70 zip64", "a.zip", zip64(), "clean", ""),
    ("honest zip", "a.zip", PLAIN, "clean", ""),
    ("empty zip", "a.zip", archive({}), "clean", ""),
    ("honest tar", "a.tar", TAR, "clean", ""),
    (
        "honest GNU tar",
        "a.tar",
        tarred(tar_member("n" * 150), form=tarfile.GNU_FORMAT),
        "clean",
        "",
    ),
    ("honest tar.gz", "a.tar.gz", gzip.compress(TAR), "clean", ""),
    ("honest tar.bz2", "a.tar.bz2", bz2.compress(TAR), "clean", ""),
    ("honest tar.xz", "a.tar.xz", lzma.compress(TAR), "clean", ""),
    ("tar that was cut", "a.tar", TAR[:1000], "indeterminate", "truncated"),
    ("gz that was cut", "a.gz", gzip.compress(TAR)[:-20], "damaged", "cut"),
    ("program in zip", "a.zip", archive({"p.exe": program_header()}), "active", "part-prohibited"),
    ("program as PDF", "a.zip", archive({"p.pdf": program_header()}), "active", "part-prohibited"),
    ("turned name", "a.zip", archive({"r\u202egpj.txt": NOTE}), "indeterminate", "hostile-name"),
    ("mail", "m.eml", mail(), "clean", ""),
    ("mail with a table", "m.eml", mail(("t.csv", TABLE)), "clean", ""),
    ("mail with eicar", "m.eml", mail(("v.com", eicar())), "malicious", "archives: part-malicious"),
    (
        "mail with a program",
        "m.eml",
        mail(("p.exe", program_header())),
        "active",
        "part-prohibited",
    ),
    (
        "eicar in zip in mail in mail",
        "m.eml",
        mail_in_mail(mail(("a.zip", eicar_archive(deflated=True)))),
        "malicious",
        "part-malicious",
    ),
    ("mailbox", "box.mbox", mailbox(mail(), mail(("t.csv", TABLE))), "clean", ""),
    ("mailbox with eicar", "box.mbox", mailbox(mail(), mail(("v.com", eicar()))), "malicious", ""),
)
