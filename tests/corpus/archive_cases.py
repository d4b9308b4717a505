"""The further archives as cases: what each has to come to, and why."""

import lzma
import stat

from backports import zstd

from cli.hospital.malice import eicar, program_header
from tests.corpus import cabinets, cpios, isos, sevenzips
from tests.corpus.containers import MEBI, NOTE, PLAIN, TABLE, tar_member, tarred
from tests.corpus.isos import rock_ridge_mode, rock_ridge_name
from tests.corpus.packages import archive
from tests.corpus.sevenzips import COPY, unix

Case = tuple[str, str, bytes, str, str]

HONEST = {"note.txt": NOTE, "folder/table.csv": TABLE}
BAD = {"note.txt": NOTE, "v.com": eicar()}
SEVEN = sevenzips.of(HONEST)
CPIO = cpios.of(HONEST)
ISO = isos.of({"note.txt": NOTE, "table.csv": TABLE})
CAB = cabinets.cabinet(HONEST, packed=True)
ZST = zstd.compress(NOTE)
SIGNED = cabinets.signed_message()
HOLDING = cabinets.signed_message(b"\x7fELF\x02\x01\x01")
_SKIPPED = b"\x50\x2a\x4d\x18" + (64).to_bytes(4, "little") + b"text" * 16


def nested(content: bytes) -> bytes:
    """Return a content inside cpio, in zstd, in a cabinet, in an image, in 7z."""
    inside = zstd.compress(cpios.of({"inside.txt": content}))
    return sevenzips.of({"i.iso": isos.of({"c.cab": cabinets.cabinet({"a.cpio.zst": inside})})})


SEVEN_CASES: tuple[Case, ...] = (
    ("7z", "a.7z", SEVEN, "clean", ""),
    ("7z stored", "a.7z", sevenzips.of(HONEST, method=COPY), "clean", ""),
    ("7z with a packed list", "a.7z", sevenzips.of(HONEST, pack_list=True), "clean", ""),
    ("7z that is empty", "a.7z", sevenzips.sevenzip(), "clean", ""),
    ("7z with eicar", "a.7z", sevenzips.of(BAD), "malicious", "part-malicious"),
    ("7z with a program", "a.7z", sevenzips.of({"p.exe": program_header()}), "active", "prohib"),
    (
        "7z encrypted",
        "a.7z",
        sevenzips.of(HONEST, password="secret"),
        "indeterminate",
        "archives: password-protected",
    ),
    (
        "66 7z with an encrypted list",
        "a.7z",
        sevenzips.of(HONEST, password="secret", hide_names=True),
        "indeterminate",
        "password-protected: the list of members is encrypted",
    ),
    ("7z that was cut", "a.7z", SEVEN[:-9], "indeterminate", "truncated"),
    ("7z, first volume", "a.7z.001", sevenzips.signature_only(), "indeterminate", "volume"),
    ("7z and more", "a.7z", SEVEN + b"more", "indeterminate", "trailing-data"),
    (
        "7z with bytes between",
        "a.7z",
        sevenzips.of(HONEST, gap=b"between"),
        "indeterminate",
        "hidden-data",
    ),
    ("7z behind a program", "a.exe", program_header() + SEVEN, "prohibited", ""),
    (
        "7z with a wrong checksum",
        "a.7z",
        sevenzips.sevenzip(sevenzips.Item(name="a.txt", content=NOTE, crc=1)),
        "indeterminate",
        "archives: malformed",
    ),
    (
        "7z with a link",
        "a.7z",
        sevenzips.sevenzip(
            sevenzips.Item(name="l", content=b"/etc/passwd", attributes=unix(stat.S_IFLNK | 0o777))
        ),
        "indeterminate",
        "symlink",
    ),
    (
        "7z with a reparse point",
        "a.7z",
        sevenzips.sevenzip(sevenzips.Item(name="l", content=b"C:\\", attributes=0x400)),
        "indeterminate",
        "symlink",
    ),
    ("7z outside", "a.7z", sevenzips.of({"../x.txt": NOTE}), "indeterminate", "path-outside"),
    (
        "7z with twins",
        "a.7z",
        sevenzips.of({"a.txt": NOTE, "A.TXT": TABLE}),
        "indeterminate",
        "duplicate-name",
    ),
    (
        "7z bomb",
        "a.7z",
        sevenzips.of({"a.txt": b"\n" * (64 * MEBI)}),
        "indeterminate",
        "archives: limit",
    ),
    (
        "7z by a method that nobody knows",
        "a.7z",
        sevenzips.with_list(
            sevenzips.of({"a.txt": NOTE}, method=COPY), (b"\x01\x01\x00\x0c", b"\x01\x01\x7f\x0c")
        ),
        "indeterminate",
        "archives: unsupported",
    ),
)

CPIO_CASES: tuple[Case, ...] = (
    ("cpio", "a.cpio", CPIO, "clean", ""),
    ("cpio with sums", "a.cpio", cpios.of(HONEST, "crc"), "clean", ""),
    ("old cpio", "a.cpio", cpios.of(HONEST, "odc"), "clean", ""),
    ("cpio with eicar", "a.cpio", cpios.of(BAD), "malicious", "part-malicious"),
    ("cpio that was cut", "a.cpio", CPIO[:200], "indeterminate", "truncated"),
    ("cpio without trailer", "a.cpio", CPIO[:-512], "indeterminate", "truncated"),
    ("cpio twice", "a.cpio", CPIO + CPIO, "indeterminate", "stands behind"),
    (
        "cpio with a wrong sum",
        "a.cpio",
        cpios.cpio(cpios.Item(name="a.txt", content=NOTE, sum=1), form="crc"),
        "indeterminate",
        "archives: malformed",
    ),
    *(
        (
            f"cpio with a {oddity}",
            "a.cpio",
            cpios.cpio(cpios.Item(name="x", content=b"/etc", mode=mode)),
            "indeterminate",
            f"archives: {oddity}",
        )
        for oddity, mode in (
            ("symlink", cpios.LINK),
            ("fifo", cpios.FIFO),
            ("device", cpios.DEVICE),
            ("set-id", 0o104755),
        )
    ),
    (
        "cpio with a hard link",
        "a.cpio",
        cpios.cpio(cpios.Item(name="x", links=2)),
        "indeterminate",
        "hard-link",
    ),
    ("cpio outside", "a.cpio", cpios.of({"/etc/x": NOTE}), "indeterminate", "path-outside"),
    (
        "cpio with twins",
        "a.cpio",
        cpios.cpio(cpios.Item(name="a"), cpios.Item(name="./A")),
        "indeterminate",
        "duplicate-name",
    ),
)

ISO_CASES: tuple[Case, ...] = (
    ("iso", "a.iso", ISO, "clean", ""),
    (
        "iso with Rock Ridge",
        "a.iso",
        isos.image(
            isos.Item(name="A.TXT;1", content=NOTE, use=rock_ridge_name("a long name.txt")),
            rock_ridge=True,
        ),
        "clean",
        "",
    ),
    ("iso with eicar", "a.iso", isos.of(BAD), "malicious", "part-malicious"),
    ("71 iso with a program", "a.iso", isos.of({"p.exe": program_header()}), "active", "prohib"),
    ("iso that was cut", "a.iso", ISO[:-1], "indeterminate", "truncated"),
    ("iso of another size", "a.iso", isos.with_size(ISO, 9999), "indeterminate", "truncated"),
    ("iso and more", "a.iso", ISO + b"more", "indeterminate", "trailing-data"),
    ("iso of two sizes", "a.iso", isos.big_endian_size(ISO), "indeterminate", "byte-orders-differ"),
    (
        "iso with bytes that nothing leads to",
        "a.iso",
        isos.of(HONEST, hidden=b"hidden"),
        "indeterminate",
        "hidden-data",
    ),
    (
        "iso behind a boot sector",
        "a.iso",
        isos.of(HONEST, before=bytes(512) + b"boot"),
        "indeterminate",
        "prefix-data",
    ),
    ("iso with a moved folder", "a.iso", isos.moved(NOTE), "clean", ""),
    ("iso with eicar in one", "a.iso", isos.moved(eicar()), "malicious", "part-malicious"),
    (
        "iso with a moved folder that nothing leads to",
        "a.iso",
        isos.moved(NOTE, leads=False),
        "indeterminate",
        "moved-folder",
    ),
    (
        "iso with a folder in two places",
        "a.iso",
        isos.moved(NOTE, marked=False),
        "indeterminate",
        "moved-folder",
    ),
    ("iso that boots", "a.iso", isos.of(HONEST, boot=True), "indeterminate", "boot-image"),
    ("iso with UDF", "a.iso", isos.of(HONEST, udf=True), "indeterminate", "second-file-system"),
    (
        "iso with two trees",
        "a.iso",
        isos.image(isos.Item(name="A.TXT;1", content=NOTE, other=TABLE), joliet=True),
        "indeterminate",
        "trees-differ",
    ),
    (
        "iso with eicar in one tree",
        "a.iso",
        isos.image(isos.Item(name="A.TXT;1", content=eicar(), other=NOTE), joliet=True),
        "malicious",
        "part-malicious",
    ),
    (
        "iso with a program by one of its names",
        "a.iso",
        isos.image(isos.Item(name="A.EXE;1", content=NOTE, joliet="a.txt"), joliet=True),
        "indeterminate",
        "hostile-name",
    ),
    (
        "iso with a link",
        "a.iso",
        isos.image(
            isos.Item(name="L.;1", use=rock_ridge_mode(stat.S_IFLNK | 0o777)), rock_ridge=True
        ),
        "indeterminate",
        "symlink",
    ),
)

CAB_CASES: tuple[Case, ...] = (
    ("cabinet", "a.cab", CAB, "clean", ""),
    ("cabinet, stored", "a.cab", cabinets.cabinet(HONEST), "clean", ""),
    ("cabinet with eicar", "a.cab", cabinets.cabinet(BAD), "malicious", "part-malicious"),
    ("cabinet that was cut", "a.cab", CAB[:-1], "indeterminate", "truncated"),
    ("cabinet and more", "a.cab", CAB + b"more", "indeterminate", "trailing-data"),
    ("cabinet, signed", "a.cab", cabinets.signed(CAB, SIGNED), "clean", ""),
    *(
        (f"cabinet with {what} behind it", "a.cab", content, "indeterminate", "trailing-data")
        for what, content in (
            ("a message of another length", cabinets.signed(CAB, SIGNED, claimed=396)),
            ("a message and more", cabinets.signed(CAB, SIGNED + b"more")),
            ("a message that holds a program", cabinets.signed(CAB, HOLDING)),
            ("words in place of a message", cabinets.signed(CAB, b"words")),
            ("a message that it does not name", CAB + SIGNED),
        )
    ),
    (
        "cabinet with bytes between",
        "a.cab",
        cabinets.cabinet(HONEST, gap=b"gap"),
        "indeterminate",
        "hidden-data",
    ),
    (
        "cabinet, one of several",
        "a.cab",
        cabinets.cabinet(HONEST, flags=2),
        "indeterminate",
        "one volume of several",
    ),
    (
        "cabinet with a wrong sum",
        "a.cab",
        CAB[:-3] + bytes(3),
        "indeterminate",
        "does not fit its sum",
    ),
    (
        "cabinet by Quantum",
        "a.cab",
        cabinets.cabinet(HONEST, packing=2),
        "indeterminate",
        "archives: unsupported",
    ),
    ("cabinet outside", "a.cab", cabinets.cabinet({"..\\x": NOTE}), "indeterminate", "path-outs"),
    (
        "cabinet bomb",
        "a.cab",
        cabinets.cabinet({"a.txt": b"\n" * (16 * MEBI)}, packed=True),
        "indeterminate",
        "archives: limit",
    ),
)

ZSTD_CASES: tuple[Case, ...] = (
    ("zstd", "a.txt.zst", ZST, "clean", ""),
    ("zstd twice", "a.txt.zst", ZST + ZST, "clean", ""),
    ("tar.zst", "a.tar.zst", zstd.compress(tarred(tar_member("a/note.txt"))), "clean", ""),
    ("zstd with eicar", "v.zst", zstd.compress(eicar()), "malicious", "part-malicious"),
    ("zstd that was cut", "a.zst", ZST[:-5], "damaged", "cut"),
    ("zstd and more", "a.zst", ZST + b"more", "indeterminate", "stands behind"),
    ("zstd with a skipped frame", "a.zst", ZST + _SKIPPED, "indeterminate", "readers skip"),
    ("zstd bomb", "a.zst", zstd.compress(bytes(64 * MEBI)), "indeterminate", "limit"),
)

NESTED_CASES: tuple[Case, ...] = (
    ("five formats in each other", "a.7z", nested(NOTE), "clean", ""),
    ("eicar under five formats", "a.7z", nested(eicar()), "malicious", "part-malicious"),
    ("xz in 7z in tar", "a.tar", tarred(tar_member("a.7z"), content=SEVEN), "clean", ""),
    ("zip in 7z", "a.7z", sevenzips.of({"a.zip": PLAIN, "b.xz": lzma.compress(NOTE)}), "clean", ""),
    # Programs that look for a ZIP's end find it: as long as it is a member's, the member is judged.
    ("zip in cpio", "a.cpio", cpios.of({"a.zip": PLAIN}), "clean", ""),
    ("zip in iso", "a.iso", isos.of({"a.zip": PLAIN}), "clean", ""),
    ("zip in a stored cabinet", "a.cab", cabinets.cabinet({"a.zip": PLAIN}), "clean", ""),
    (
        "zip with eicar in cpio",
        "a.cpio",
        cpios.of({"a.zip": archive(BAD)}),
        "malicious",
        "part-malicious",
    ),
    ("zip behind cpio", "a.cpio", CPIO + PLAIN, "indeterminate", "more-than-one-type"),
)

ARCHIVE_CASES: tuple[Case, ...] = (
    *SEVEN_CASES,
    *CPIO_CASES,
    *ISO_CASES,
    *CAB_CASES,
    *ZSTD_CASES,
    *NESTED_CASES,
)
