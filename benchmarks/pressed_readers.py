"""The readers that are put under pressure, each with what it is given and what it may do."""

import contextlib
import zlib
from collections.abc import Callable, Mapping
from datetime import date

from benchmarks.pressed_disarmers import DISARMERS
from formats import (
    adts,
    bands,
    base_media,
    biff,
    codestreams,
    csv_lines,
    dbase,
    dicom,
    edf,
    er7,
    extents,
    fax,
    flac,
    fonts,
    hidden,
    icons,
    images,
    jet,
    jpeg,
    lzw,
    media_items,
    media_tracks,
    metafiles,
    mpeg_audio,
    nifti,
    ole2,
    ooxml,
    packages,
    packed_rtf,
    pdf,
    pdf_cipher,
    properties,
    publisher,
    randomness,
    remains,
    run_lengths,
    searched,
    shapes,
    signatures,
    sound_tags,
    sqlite,
    statements,
    stripes,
    tar,
    text,
    textual,
    tiff,
    webp,
    word,
    xml_prolog,
    zip,  # noqa: A004 - the reader of ZIP archives
)
from formats.families import DICOM, PDF, ZIP
from formats.faults import FormatError
from formats.markup import Events, read_xml
from formats.sql.beginnings import is_sql
from formats.sql.dialects import Dialect, dialect_of
from formats.sql.rulings import rulings
from formats.sql.statements import walk
from sanitizers.active import database as databases
from sanitizers.containers.means import Means
from sanitizers.containers.unpacking import READERS as CONTAINERS
from sanitizers.damage.thumbnails import check_thumbnail
from sanitizers.deciphering import NativeCiphers
from sanitizers.inflating import checksum, inflate_raw
from sanitizers.limits import Limits
from sanitizers.names import names_findings
from sanitizers.registry import look_forked, look_resident
from sanitizers.sniffing import open_sample
from sanitizers.zip_methods import OTHER_METHODS
from schemas.dumps.schema import Dumps
from schemas.dumps.splitting import DumpSplitter
from schemas.interface import Extract

LIMITS = Limits(most_content_bytes=1 << 22, most_expanded_bytes=1 << 23, most_member_bytes=1 << 22)
Reader = Callable[[bytes], object]


def _streams(content: bytes) -> object:
    compound = ole2.Compound(content)
    read = [compound.stream(entry) for entry in compound.entries if entry.is_stream]
    for stream in read:
        for records in (biff.excel_records, biff.slide_records):
            _until_fault(lambda records=records, stream=stream: list(records(stream)))
        for look in (properties.check_property_sets, biff.text_is_encrypted):
            _until_fault(lambda look=look, stream=stream: look(stream))
        _until_fault(lambda stream=stream: word.text_pieces(stream, stream))
        _until_fault(lambda stream=stream: word.formatting_pages(stream, stream))
    return len(read)


def _until_fault(look: Callable[[], object]) -> None:
    with contextlib.suppress(FormatError):
        look()


def _inside_pdf(content: bytes) -> object:
    scan = pdf.scan_pdf(content)
    inflate = inflate_raw
    pdf.check_outside(scan)
    return list(pdf.object_texts(content, scan, inflate, most=LIMITS.most_expanded_bytes))


def _publication(content: bytes) -> object:
    for check in (publisher.check_contents, publisher.check_quill, publisher.check_shapes):
        _until_fault(lambda check=check: check(content))
    return len(content)


def _thumbnail(content: bytes) -> object:
    properties.check_property_sets(content)
    return properties.thumbnail_of(content), list(check_thumbnail(content))


def _dbase(content: bytes) -> object:
    return dbase.first_odd_record(content, dbase.read_table(content))


def _faxes(content: bytes) -> object:
    packed = content[:4096]
    pages = (fax.Page(columns=900, lines=400, scheme=scheme) for scheme in (-1, 0, 1))
    return [fax.first_contradiction(packed, page) for page in pages]


def _run_lengths(content: bytes) -> object:
    for bits in (4, 8):
        _until_fault(lambda bits=bits: run_lengths.end_of_runs(content, 0, (900, 900), bits))
    return run_lengths.bytes_of_packbits(content)


def _zip_methods(content: bytes) -> object:
    for unpack in OTHER_METHODS.values():
        _until_fault(lambda unpack=unpack: unpack(content, 1 << 20))
    return len(content)


def _members(content: bytes) -> object:
    directory = zip.read_directory(content)
    for member in directory.members:
        _until_fault(
            lambda member=member: zip.member_bytes(
                content, member, inflate_raw, most=LIMITS.most_member_bytes
            )
        )
    return packages.kind_of_directory(content, directory)


def _pages(content: bytes) -> object:
    return list(sqlite.walk_pages(content, sqlite.read_database(content)))


def _statements_of(content: bytes) -> object:
    """Walk by every dialect's rules, its own first: what one refuses another may follow."""
    is_sql(content[:8192].lower())
    own = dialect_of(content)
    for dialect in Dialect:
        if dialect is not own:
            _until_fault(lambda dialect=dialect: list(rulings(walk(content, dialect), dialect)))
    return own is not Dialect.OTHER and list(rulings(walk(content, own), own))


def _rows_of(content: bytes) -> object:
    """Validate a dump and cut it: what is left has exactly the rows that were accepted."""
    if dialect_of(content) is Dialect.OTHER:
        return None
    extract = Extract(
        content=memoryview(content), media_type="application/sql", today=date(2026, 3, 12)
    )
    splitter = DumpSplitter(content=extract.content)
    said = list(splitter.listen(Dumps().validate(extract)))
    spans = splitter.accepted_spans if splitter.rows else []
    return said and (said, [content[span.start : span.end] for span in spans])


def _boxes(content: bytes) -> object:
    read: list[object] = []
    for box in base_media.top_boxes(content):
        if box.name == b"moov":
            read += media_tracks.read_tracks(content, box)
        elif box.name == b"meta":
            read += media_items.read_items(content, box)
    return read


def _gif(content: bytes) -> object:
    """Follow the codes of every picture, also of one whose walk does not come to its end."""
    uneven = images.gif_blocks_are_uneven(content)
    for _, pixels, bits, blocks in images.pictures_of_gif(content):
        lzw.pixels_of_gif(blocks, bits, pixels)
    return uneven, images.end_of_gif(content)


def _flac_frames(content: bytes) -> object:
    found = list(flac.blocks(content))
    return flac.end_of_frames(content, found[-1].end, flac.total_samples(content, found[0]))


def _frames(content: bytes) -> object:
    start, pictures = sound_tags.tags_before(content)
    return pictures, sound_tags.tags_behind(content, mpeg_audio.end_of_frames(content, start))


def _look(content: bytes) -> object:
    opened = open_sample(content, LIMITS)
    names_findings(b"folder/report.pdf.exe", opened.report)
    look_resident(opened)
    return look_forked(content, LIMITS)


def _called(media_type: str) -> str:
    return "unpack " + media_type.partition("/")[2].removeprefix("x-").removeprefix("vnd.")


def _opening(media_type: str) -> Reader:
    means = Means(limits=LIMITS, passwords=("secret",))
    return lambda content: sum(len(p.content) for p in CONTAINERS[media_type](content, means))


def _extents(content: bytes) -> object:
    """Walk content as every container, whatever it is; ends of archives in it are followed."""
    media_types = (*CONTAINERS, "application/dicom", "application/sql", "application/vnd.sqlite3")
    walks = [extents.extents_of(m, content) for m in (*media_types, "application/pdf")]
    return walks, searched.without_members((ZIP, PDF, DICOM), content)


READERS: dict[str, Reader] = {
    "signatures": signatures.candidates,
    "hidden": hidden.first_hidden,
    "text": text.read_text,
    "textual": textual.kind_of_text,
    "remains": lambda content: (
        remains.look_at_remains(content),
        remains.overwritten_type(content),
    ),
    "stripes": lambda content: stripes.find_stripes(content, 0, len(content)),
    "jpeg": lambda content: (jpeg.packed_part(content), images.end_of_jpeg(content)),
    "png": lambda content: images.end_of_png(content, checksum),
    "gif": _gif,
    "bmp": images.end_of_bmp,
    "tiff": tiff.read_tiff,
    "font": fonts.read_font,
    "fax": _faxes,
    "run lengths": _run_lengths,
    "zip methods": _zip_methods,
    "bands": lambda content: (bands.find_band(content), True),
    "icon": icons.pictures_of_icon,
    "anymap": icons.pictures_of_anymap,
    "edf": edf.read_edf,
    "nifti": nifti.read_nifti,
    "mpeg audio": _frames,
    "adts": lambda content: adts.end_of_frames(content, 0),
    "flac": _flac_frames,
    "webp": lambda content: list(webp.chunks(content)),
    "woff2": fonts.span_of_woff2,
    "access": lambda content: list(jet.pages_of_jet(content)),
    "dbase": _dbase,
    "publisher": _publication,
    "thumbnail": _thumbnail,
    "metafiles": lambda content: (
        list(metafiles.emf_records(content))
        if metafiles.is_emf(content)
        else list(metafiles.wmf_records(content))
    ),
    "boxes": _boxes,
    "lzw": lambda content: lzw.first_impossible_code(content[:4096]),
    "dicom": lambda content: dicom.read_dicom(content, inflate_raw, most=1 << 22),
    "er7": lambda content: list(er7.read_units(memoryview(content))),
    "xml": lambda content: read_xml(content, Events(on_type=lambda _, __: None)),
    "prolog": xml_prolog.read_prolog,
    "content types": ooxml.read_content_types,
    "relationships": ooxml.read_relationships,
    "zip": _members,
    "tar": lambda content: list(tar.read_members(content, most_members=1000)),
    "ole2": lambda content: (ole2.guiding_sectors(content), _streams(content)),
    "pdf": lambda content: (pdf.open_stream(content), pdf.check_end(content), _inside_pdf(content)),
    "pdf cipher": lambda content: pdf_cipher.open_without_password(content, NativeCiphers()),
    "sqlite": _pages,
    "sqlite itself": lambda content: list(databases.look(open_sample(content, LIMITS))),
    "dump statements": _statements_of,
    "dump rows": _rows_of,
    "extents": _extents,
    "signs": lambda content: (shapes.directory_end(content), shapes.is_program(content)),
    "randomness": lambda content: randomness.first_random_window(
        content, 0, len(content), step=512
    ),
    "codestreams": lambda content: (
        codestreams.foreign_in_jpeg_ls(content, 0, len(content)),
        codestreams.foreign_in_jpeg_2000(content, 0, len(content)),
    ),
    "csv lines": lambda content: list(csv_lines.read_blocks(memoryview(content), 0)),
    "statements": lambda content: statements.kind_of_statement(content[:4096]),
    "packed rtf": lambda content: packed_rtf.unpack_rtf(content, most=1 << 20),
    "all scanners": _look,
    **{_called(media_type): _opening(media_type) for media_type in sorted(CONTAINERS)},
    **DISARMERS,
}


def _summed_7z(content: bytes) -> bytes:
    """Return a 7z archive whose sums fit what was changed: else nothing behind them is read."""
    if len(content) < 32:
        return content
    offset, size = (int.from_bytes(content[at : at + 8], "little") for at in (12, 20))
    told = content[32 + offset : 32 + offset + size]
    start = content[12:28] + zlib.crc32(told).to_bytes(4, "little")
    return content[:8] + zlib.crc32(start).to_bytes(4, "little") + start + content[32:]


def _summed_rar(content: bytes) -> bytes:
    """Return a RAR archive whose headers have the sums of what was changed."""
    if not content.startswith(b"Rar!"):
        return content
    summed = bytearray(content)
    at = 8 if content[6:7] == b"\x01" else 7
    while at + 7 <= len(summed) and at >= 7:
        at = _sum_5(summed, at) if content[6:7] == b"\x01" else _sum_4(summed, at)
    return bytes(summed)


def _sum_4(summed: bytearray, at: int) -> int:
    kind, size = summed[at + 2], int.from_bytes(summed[at + 5 : at + 7], "little")
    summed[at : at + 2] = (zlib.crc32(summed[at + 2 : at + size]) & 0xFFFF).to_bytes(2, "little")
    data = int.from_bytes(summed[at + 7 : at + 11], "little") if kind in (0x74, 0x7A) else 0
    return at + max(7, size) + data


def _sum_5(summed: bytearray, at: int) -> int:
    size, body = _number_5(summed, at + 4)
    summed[at : at + 4] = zlib.crc32(summed[at + 4 : body + size]).to_bytes(4, "little")
    flags, place = _number_5(summed, _number_5(summed, body)[1])
    if flags & 1:
        _, place = _number_5(summed, place)
    data = _number_5(summed, place)[0] if flags & 2 else 0
    return body + max(1, size) + data


def _number_5(content: bytearray, at: int) -> tuple[int, int]:
    value = 0
    for place in range(10):
        byte = int.from_bytes(content[at + place : at + place + 1])
        value |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return value, at + place + 1
    return value, at + 10


# What makes changed content pass the sums that would end every reading at the first change.
MENDING: Mapping[str, Callable[[bytes], bytes]] = {
    "unpack 7z-compressed": _summed_7z,
    "unpack rar": _summed_rar,
}
