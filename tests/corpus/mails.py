"""Mail files and what each has to come to: Outlook messages, Maildirs, mailboxes."""

from cli.hospital.malice import eicar, eicar_archive, program_header
from formats.packed_rtf import crc
from tests.corpus.compounds import WORD_97, compound, workbook
from tests.corpus.containers import NOTE, TABLE, archive, mail, mailbox
from tests.corpus.outlook_messages import (
    BY_REFERENCE,
    OBJECT,
    Attached,
    Mail,
    forwarded,
    outlook,
    packed_rtf,
    streams,
)

PAGE = b"<html><body><p>Bonjour docteur</p></body></html>"
FETCHING = b'<html><body><img src="http://example.invalid/x.png"></body></html>'
MACROS = {"WordDocument": WORD_97, "Macros/VBA/dir": b"code"}
BOOK = {"Workbook": workbook()}


def attached(name: str, content: bytes) -> Mail:
    """A message with one attachment."""
    return Mail(attached=(Attached(name=name, content=content),))


def holding(held: dict[str, bytes]) -> Mail:
    """A message with an object that a program keeps as a storage."""
    return Mail(attached=(Attached(name="objet", content=held, method=OBJECT),))


def depth(times: int, content: bytes = b"") -> bytes:
    """A message that was forwarded so many times, with a file in the first one."""
    return outlook(forwarded(attached("v.txt", content or eicar()), times))


def cut_inside() -> bytes:
    """A message whose attachment claims more bytes than the file has."""
    content = bytearray(outlook(attached("a.txt", NOTE * 40)))
    at = content.index("__substg1.0_37010102".encode("utf-16-le"))
    content[at + 120 : at + 124] = (1 << 24).to_bytes(4, "little")
    return bytes(content)


def circle() -> bytes:
    """A message whose attachment's sectors follow each other in a circle."""
    content = bytearray(outlook(attached("a.txt", NOTE * 40)))
    at = content.index("__substg1.0_37010102".encode("utf-16-le"))
    first = int.from_bytes(content[at + 116 : at + 120], "little")
    table = len(content) - 512
    content[table + first * 4 : table + first * 4 + 4] = first.to_bytes(4, "little")
    return bytes(content)


def store(*, size: int = 0, version: int = 23) -> bytes:
    """The header of a store with nothing behind it; `size` is what it says of the file."""
    content = bytearray(b"!BDN" + bytes(4) + b"SM" + version.to_bytes(2, "little")).ljust(
        4096, b"\1"
    )
    place = slice(168, 172) if version in (14, 15) else slice(184, 192)
    content[place] = (size or len(content)).to_bytes(place.stop - place.start, "little")
    content[4:8] = crc(bytes(content[8:479])).to_bytes(4, "little")
    return bytes(content)


def spoiled_store() -> bytes:
    """A store whose header does not fit its checksum."""
    return store().replace(b"SM", b"SN")


LINE = b"From labo@example.invalid Fri Mar 13 19:00:00 2026\n"
MAILDIR = "1773424800.M1P1.mail.example.com"


def told(content: bytes) -> bytes:
    """A mail of an mboxcl mailbox, with the length of its body."""
    header, _, body = content.partition(b"\n\n")
    return LINE + header + b"\nContent-Length: %d\n\n" % len(body) + body


def crowded(*mails: bytes) -> bytes:
    """A mailbox without empty lines between its mails."""
    return b"".join(LINE + content.rstrip(b"\n") + b"\n" for content in mails)


QUOTING = mail(text="Bonjour\n\n>From labo on Friday\n>>From nobody\n")
NAMING = mail(("t.csv", TABLE), text="Bonjour\n\nFrom labo@example.invalid with regards\n")

# (case, name, content, verdict, a reason that has to be among the reasons)
CASES: tuple[tuple[str, str, bytes, str, str], ...] = (
    ("msg", "m.msg", outlook(), "clean", ""),
    ("msg with a page and RTF", "m.msg", outlook(Mail(page=PAGE, rtf=packed_rtf())), "clean", ""),
    ("msg with a table", "m.msg", outlook(attached("t.csv", TABLE)), "clean", ""),
    ("msg with a workbook as storage", "m.msg", outlook(holding(BOOK)), "clean", ""),
    ("msg in msg in msg", "m.msg", outlook(forwarded(attached("t.csv", TABLE), 2)), "clean", ""),
    ("msg without its name", "m", outlook(), "clean", ""),
    ("eicar in msg", "m.msg", depth(0), "malicious", "archives: part-malicious"),
    ("eicar one msg deep", "m.msg", depth(1), "malicious", "archives: part-malicious"),
    ("eicar four msg deep", "m.msg", depth(4), "malicious", "archives: part-malicious"),
    ("seven msg deep", "m.msg", depth(7, NOTE), "indeterminate", "part-indeterminate"),
    ("twenty msg deep", "m.msg", depth(20, NOTE), "indeterminate", "not-understood"),
    (
        "eicar in zip in msg in msg",
        "m.msg",
        outlook(forwarded(attached("a.zip", eicar_archive(deflated=True)))),
        "malicious",
        "part-malicious",
    ),
    (
        "eicar in msg in eml in zip",
        "a.zip",
        archive({"m.eml": mail(("m.msg", outlook(attached("v.com", eicar()))))}),
        "malicious",
        "part-malicious",
    ),
    ("eicar as the text of msg", "m.msg", outlook(Mail(text=eicar().decode())), "malicious", ""),
    (
        "program in msg",
        "m.msg",
        outlook(attached("p.exe", program_header())),
        "active",
        "part-prohibited",
    ),
    (
        "program as PDF in msg",
        "m.msg",
        outlook(attached("p.pdf", program_header())),
        "active",
        "part-prohibited",
    ),
    ("macros as storage in msg", "m.msg", outlook(holding(MACROS)), "active", "part-active"),
    (
        "macros as file in msg",
        "m.msg",
        outlook(attached("l.doc", compound(MACROS))),
        "active",
        "part-active",
    ),
    (
        "macros beside the message",
        "m.msg",
        outlook(Mail(more={"Macros/VBA/dir": b"code"})),
        "indeterminate",
        "part-indeterminate",
    ),
    (
        "document and message",
        "m.doc",
        compound(streams(Mail()) | {"WordDocument": WORD_97}),
        "indeterminate",
        "another-document",
    ),
    ("msg whose page fetches", "m.msg", outlook(Mail(page=FETCHING)), "active", "part-active"),
    (
        "msg with objects in RTF",
        "m.msg",
        outlook(Mail(rtf=packed_rtf(rb"{\rtf1 {\object\objemb{\*\objdata 01}}}"))),
        "active",
        "part-active",
    ),
    (
        "msg with cut RTF",
        "m.msg",
        outlook(Mail(rtf=packed_rtf()[:-4])),
        "indeterminate",
        "archives: truncated",
    ),
    (
        "msg whose file lies elsewhere",
        "m.msg",
        outlook(Mail(attached=(Attached(content=None, method=BY_REFERENCE),))),
        "indeterminate",
        "content-elsewhere",
    ),
    (
        "turned name in msg",
        "m.msg",
        outlook(attached("r\u202egpj.txt", NOTE)),
        "indeterminate",
        "hostile-name",
    ),
    ("store that was cut", "m.pst", store(size=9000), "damaged", "cut"),
    ("store that cannot be opened", "m.pst", store(), "indeterminate", "archives: malformed"),
    ("header of a store spoiled", "m.ost", spoiled_store(), "damaged", "integrity"),
    ("Maildir", f"{MAILDIR}:2,S", mail(("t.csv", TABLE)), "clean", ""),
    ("Maildir, new", MAILDIR, mail(), "clean", ""),
    ("Maildir, short", "1234.M1P1.host:2,S", mail(), "clean", ""),
    ("Maildir on a disk of Windows", f"{MAILDIR},S=310,W=318;2,RS", mail(), "clean", ""),
    ("eicar in Maildir", f"{MAILDIR}:2,S", mail(("v.txt", eicar())), "malicious", "part-malicious"),
    ("program in Maildir", f"{MAILDIR}:2,S", program_header(), "prohibited", "prohibited-type"),
    ("text as Maildir", MAILDIR, NOTE, "prohibited", "program-extension"),
    ("mboxrd", "box", mailbox(QUOTING, mail()), "clean", ""),
    ("mboxcl", "box", told(NAMING) + told(mail()), "clean", ""),
    ("mboxcl, eicar", "box", told(mail()) + told(mail(("v.txt", eicar()))), "malicious", ""),
    (
        "eicar where only a length cuts",
        "box",
        told(mail(text="From\n\n" + mailbox(mail(("v.txt", eicar()))).decode())),
        "malicious",
        "part-malicious",
    ),
    (
        "eicar where no empty line cuts",
        "box",
        crowded(mail(), mail(("v.zip", eicar_archive(deflated=True)))),
        "malicious",
        "part-malicious",
    ),
    ("mails without empty lines between", "box", crowded(mail(), mail()), "clean", ""),
    ("msg that was cut", "m.msg", cut_inside(), "damaged", "larger than its file"),
    ("msg in circles", "m.msg", circle(), "damaged", "circles"),
)
