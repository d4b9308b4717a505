"""Mail files and what each has to come to: Outlook messages, Maildirs, mailboxes."""

from cli.hospital.malice import eicar, eicar_archive, program_header
from tests.corpus.compounds import WORD_97, compound, workbook
from tests.corpus.containers import NOTE, TABLE, archive, mail
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
    ("msg that was cut", "m.msg", cut_inside(), "damaged", "larger than its file"),
    ("msg in circles", "m.msg", circle(), "damaged", "circles"),
)
