"""ZIP archives and the documents that are ZIP archives, whole or crafted."""

import io
import struct
import zipfile

WORD_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
SHEET_MAIN = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
WORD_MACRO_MAIN = "application/vnd.ms-word.document.macroEnabled.main+xml"
_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE_RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def archive(members: dict[str, bytes], *, stored: bool = False) -> bytes:
    """Return a plain archive."""
    method = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", method) as output:
        for name, content in members.items():
            output.writestr(zipfile.ZipInfo(name), content, method)
    return written.getvalue()


DECLARED = {
    "png": "image/png",
    "bin": "application/octet-stream",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def content_types(main: str, part: str = "word/document.xml", **extra: str) -> bytes:
    """Return [Content_Types].xml with one main part; `extra` maps extensions to types."""
    defaults = "".join(
        f'<Default Extension="{extension}" ContentType="{kind}"/>'
        for extension, kind in {
            "rels": "application/vnd.openxmlformats-package.relationships+xml",
            "xml": "application/xml",
            **extra,
        }.items()
    )
    return (
        '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/'
        f'content-types">{defaults}<Override PartName="/{part}" ContentType="{main}"/></Types>'
    ).encode()


def relationships(*links: tuple[str, str, bool]) -> bytes:
    """Return a .rels part of (kind, target, external) links."""
    entries = "".join(
        f'<Relationship Id="r{number}" Type="{_OFFICE_RELS}/{kind}" Target="{target}"'
        + (' TargetMode="External"/>' if external else "/>")
        for number, (kind, target, external) in enumerate(links)
    )
    return f'<?xml version="1.0"?><Relationships xmlns="{_RELS}">{entries}</Relationships>'.encode()


def word_text(body: str) -> bytes:
    """Return a main part with the given paragraphs."""
    return f'<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body></w:document>'.encode()


def docx(
    *links: tuple[str, str, bool],
    body: str = "<w:p><w:r><w:t>Bonjour</w:t></w:r></w:p>",
    main: str = WORD_MAIN,
    **members: bytes,
) -> bytes:
    """Return a text document; extra members are given as path__with__folders=content."""
    parts = {
        "[Content_Types].xml": content_types(main, **DECLARED),
        "_rels/.rels": relationships(("officeDocument", "word/document.xml", False)),
        "word/document.xml": word_text(body),
        "word/_rels/document.xml.rels": relationships(*links),
    }
    parts |= {
        name.replace("__", "/").replace("_DOT_", "."): value for name, value in members.items()
    }
    return archive(parts)


def xlsx(*links: tuple[str, str, bool]) -> bytes:
    """Return a workbook."""
    return archive(
        {
            "[Content_Types].xml": content_types(SHEET_MAIN, "xl/workbook.xml"),
            "_rels/.rels": relationships(("officeDocument", "xl/workbook.xml", False)),
            "xl/workbook.xml": b"<workbook/>",
            "xl/_rels/workbook.xml.rels": relationships(*links),
        }
    )


def odt(content: bytes = b"<office/>", **members: bytes) -> bytes:
    """Return an OpenDocument text."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as output:
        kind = b"application/vnd.oasis.opendocument.text"
        output.writestr(zipfile.ZipInfo("mimetype"), kind, zipfile.ZIP_STORED)
        output.writestr("content.xml", content, zipfile.ZIP_DEFLATED)
        for name, value in members.items():
            output.writestr(name.replace("__", "/").replace("_DOT_", "."), value)
    return written.getvalue()


def with_local_name(content: bytes, old: bytes, new: bytes) -> bytes:
    """Rename a member in its local header only; the directory keeps the old name."""
    at = content.index(old)
    return content[:at] + new + content[at + len(old) :]


def with_claimed_size(content: bytes, size: int) -> bytes:
    """Let the directory and the local header of the first member claim another size."""
    changed = bytearray(content)
    struct.pack_into("<I", changed, 22, size)
    struct.pack_into("<I", changed, content.index(b"PK\x01\x02") + 24, size)
    return bytes(changed)


def encrypted(content: bytes) -> bytes:
    """Set the flag that says that the first member needs a password."""
    changed = bytearray(content)
    changed[6] |= 1
    changed[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(changed)


def overlapping() -> bytes:
    """Return an archive whose two members are the same bytes."""
    content = bytearray(archive({"a": b"x" * 100, "b": b"x" * 100}, stored=True))
    first = bytes(content).index(b"PK\x01\x02")
    second = bytes(content).index(b"PK\x01\x02", first + 4)
    struct.pack_into("<I", content, second + 42, 0)
    return bytes(content)
