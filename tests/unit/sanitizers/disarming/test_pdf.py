"""PDF files lose what runs, loads or hides, and keep their pages, forms and links."""

import warnings
from io import BytesIO

import pikepdf
import pytest

from custody.finding import FindingKind
from formats.faults import FormatError
from sanitizers.active import pdf as scanner
from sanitizers.disarming.interface import CannotDisarmError
from sanitizers.disarming.pdf.disarmer import DISARMER
from sanitizers.limits import Limits
from sanitizers.sniffing import open_sample
from tests.corpus.active_pdfs import CONSTRUCTS, FIRST, HELD, NASTY, TEXT, page_pdf
from tests.corpus.pdfs import object_stream, stream

NOTHING = frozenset()
MARKERS = (
    b"app.alert",
    b"cmd.exe",
    b"a.exe",
    b"attached",
    b"JavaScript",
    b"Launch",
    b"EmbeddedFile",
)
CASES = [*((name, case.content) for name, case in CONSTRUCTS.items()), ("nasty", NASTY)]
cases = pytest.mark.parametrize("content", [c for _, c in CASES], ids=[n for n, _ in CASES])


def copy(content):
    """The copy's bytes."""
    return DISARMER.disarm(content, NOTHING).content


def unpacked(content):
    """A copy with all of its objects laid open."""
    target = BytesIO()
    mode = pikepdf.ObjectStreamMode.disable
    with pikepdf.Pdf.open(BytesIO(content)) as pdf, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the library: about widgets that no form lists
        pdf.save(
            target,
            compress_streams=False,
            stream_decode_level=pikepdf.StreamDecodeLevel.generalized,
            object_stream_mode=mode,
        )
    return target.getvalue()


def locked(revision, *, user):
    """A file whose owner has a password, and whose readers may have one."""
    target = BytesIO()
    with pikepdf.Pdf.open(BytesIO(page_pdf())) as pdf:
        old = revision < 4
        lock = pikepdf.Encryption(owner="o", user=user, R=revision, aes=not old, metadata=not old)
        pdf.save(target, encryption=lock)
    return target.getvalue()


def active_findings(content):
    """What the scanner of active content says, which knows nothing of qpdf."""
    found = scanner.look(open_sample(content, Limits()))
    return [finding.rule for finding in found if finding.kind is FindingKind.ACTIVE]


@pytest.mark.parametrize("name", CONSTRUCTS)
def test_a_construct_is_taken_out_and_said(name):
    """The report of a copy names what it lost by its code."""
    case = CONSTRUCTS[name]

    removed = DISARMER.disarm(case.content, NOTHING).removed

    assert case.code in {one.code for one in removed}
    assert all(one.where.isascii() and one.times > 0 for one in removed)


@cases
def test_the_walk_finds_nothing_in_a_copy(content):
    """All objects of a copy are looked at, and none is on the list."""
    assert () == DISARMER.walk(copy(content))


@cases
def test_the_walk_finds_something_in_the_original(content):
    """A walk that finds nothing anywhere would prove nothing."""
    kept = {
        CONSTRUCTS[name].content
        for name in ("print", "chain", "base", "unknown-annotation", "profile-elsewhere")
    } | {CONSTRUCTS[name].content for name in ("signature-demand", "file-in-page")}

    assert content in kept or DISARMER.walk(content)


@cases
def test_what_a_copy_has_to_share_is_the_same(content):
    """Pages, what they draw, remarks, fields and outline are those of the original."""
    assert DISARMER.measure(content) == DISARMER.measure(copy(content))


@cases
def test_a_copy_of_a_copy_is_the_copy(content):
    """Disarming changes nothing where nothing is left to take out."""
    once = DISARMER.disarm(content, NOTHING)
    twice = DISARMER.disarm(once.content, NOTHING)

    assert (once.content, ()) == (twice.content, twice.removed)


@cases
def test_no_marker_is_left_in_any_object(content):
    """What was cut off is not written: neither names nor strings nor attached bytes remain."""
    laid_open = unpacked(copy(content))

    assert [] == [marker for marker in MARKERS if marker in laid_open]
    assert TEXT in laid_open


@cases
def test_the_scanner_of_active_content_finds_nothing(content):
    """The other reader of the house agrees."""
    assert [] == active_findings(copy(content))


@pytest.mark.parametrize("name", HELD)
def test_what_no_copy_can_do_without_is_held_with_the_reason(name):
    """A signature would be lost, a form would be empty: people decide."""
    content, reason = HELD[name]

    with pytest.raises(CannotDisarmError, match=reason):
        DISARMER.disarm(content, NOTHING)


@pytest.mark.parametrize("revision", [3, 4, 6])
def test_a_file_with_a_password_is_held(revision):
    """Nobody has told the password: the content is not known."""
    with pytest.raises(CannotDisarmError, match="password"):
        DISARMER.disarm(locked(revision, user="secret"), NOTHING)


@pytest.mark.parametrize("revision", [3, 4, 6])
def test_a_file_that_anybody_may_read_is_copied_in_the_open(revision):
    """The password of an owner protects nothing from readers: the copy says what it lost."""
    made = DISARMER.disarm(locked(revision, user=""), NOTHING)

    assert ["pdf.encryption"] == [one.code for one in made.removed]
    assert TEXT in unpacked(made.content)


def test_links_to_the_web_and_values_of_fields_stay():
    """What people look for in a form and on a page is still there."""
    laid_open = unpacked(copy(NASTY))

    assert b"https://a.test/" in laid_open
    assert b"Dupont" in laid_open
    assert b"/Next" not in laid_open


@pytest.mark.parametrize("target", ["http://a.test/b?c=d", "HTTPS://a.test", "mailto:a@b.test"])
def test_every_kind_of_allowed_link_stays(target):
    """A browser or a mail program is asked, and only after a click."""
    link = b"/Annots[<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/URI/URI(%s)>>>>]"

    made = DISARMER.disarm(page_pdf(page=link % target.encode()), NOTHING)

    assert () == made.removed
    assert target.encode() in unpacked(made.content)


def test_jumps_within_the_document_stay():
    """Destinations, outlines and the four moves are no danger."""
    page = (
        b"/Annots[<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/GoTo/D(a)>>>>"
        b"<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/Named/N/NextPage>>>>]"
    )
    catalog = b"/Names<</Dests<</Names[(a)[3 0 R/Fit]]>>>>/Outlines<</First 6 0 R/Last 6 0 R>>"
    title = b"<</Title(a)/Dest[3 0 R/Fit]>>"

    made = DISARMER.disarm(page_pdf(title, catalog=catalog, page=page), NOTHING)

    assert () == made.removed
    assert {b"/NextPage", b"/Dests", b"(a)"} <= set(unpacked(made.content).split())


def test_what_nothing_reaches_is_not_kept():
    """An object of an earlier version of the file is left behind, script or not."""
    made = copy(page_pdf(stream(b"nobody reaches this", packed=False)))

    assert b"nobody reaches this" not in unpacked(made)


def test_what_stands_around_the_file_is_not_kept():
    """Junk before the header and an archive behind the end are gone, and the walk sees them."""
    around = b"GIF89a;\n" + page_pdf() + b"PK\x03\x04 an archive"

    assert ("pdf.something-before", "pdf.something-behind") == DISARMER.walk(around)
    made = copy(around)
    assert () == DISARMER.walk(made)
    assert b"PK\x03\x04" not in made


def test_an_object_hidden_in_an_object_stream_is_cleaned():
    """Packed objects are objects like any other."""
    hidden = object_stream(b"<</S/JavaScript/JS(app.alert\\(1\\))>>")

    made = copy(page_pdf(hidden, catalog=b"/OpenAction 9 0 R"))

    assert () == DISARMER.walk(made)
    assert b"app.alert" not in unpacked(made)


def test_names_that_are_no_utf8_are_kept():
    """French forms name the states of a box with letters of Latin-1."""
    box = (
        b"<</Type/Annot/Subtype/Widget/Rect[0 0 9 9]/FT/Btn/T(sexe)/V/F#e9minin/AS/F#e9minin"
        b"/AP<</N<</F#e9minin 7 0 R>>>>>>"
    )
    look = stream(b"0 0 9 9 re f", b"/Subtype/Form/BBox[0 0 9 9]")
    content = page_pdf(box, look, catalog=b"/AcroForm<</Fields[6 0 R]>>", page=b"/Annots[6 0 R]")

    made = DISARMER.disarm(content, NOTHING)

    assert 3 == unpacked(made.content).count(b"/F#e9minin")
    assert DISARMER.measure(content) == DISARMER.measure(made.content)


def test_a_changed_page_is_measured_as_another():
    """Text, resources, remarks, fields and titles that differ are seen."""
    form = CONSTRUCTS["button-script"].content
    outline = CONSTRUCTS["outline-launch"].content
    pairs = [
        (page_pdf(), page_pdf(text=TEXT.replace(b"84", b"48"))),
        (page_pdf(), page_pdf(resources=b"/ColorSpace<</A/DeviceRGB>>")),
        (form, form.replace(b"Dupont", b"Durand")),
        (outline, outline.replace(b"/Title(a)", b"/Title(b)")),
    ]

    assert all(DISARMER.measure(one) != DISARMER.measure(other) for one, other in pairs)


def test_circles_of_objects_end():
    """An outline, a tree of fields and a resource that contain themselves cost no time."""
    circle = b"<</Title(a)/Next 6 0 R/First 6 0 R/Kids[6 0 R 7 0 R]/Parent 6 0 R>>"
    content = page_pdf(
        circle,
        b"[7 0 R 6 0 R]",
        catalog=b"/Outlines 6 0 R/AcroForm<</Fields[6 0 R 7 0 R]>>",
        resources=b"/XObject 7 0 R/Pattern 6 0 R",
    )

    made = copy(content)

    assert DISARMER.measure(content) == DISARMER.measure(made)


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"PK\x03\x04" * 40, page_pdf()[:120]])
def test_what_is_no_pdf_has_a_name(content):
    """Content that cannot be read is a fault of the format."""
    with pytest.raises(FormatError):
        DISARMER.disarm(content, NOTHING)


def test_many_places_are_told_together():
    """A report does not grow without bounds: then a code is told once with its number."""
    links = b"".join(
        b"<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A %d 0 R>>" % (FIRST + at) for at in range(300)
    )
    actions = [b"<</S/GoTo/D(a)/Next<</S/Launch/F(a.exe)>>>>"] * 300

    removed = DISARMER.disarm(page_pdf(*actions, page=b"/Annots[%s]" % links), NOTHING).removed

    assert [("pdf.other-entry", "", 300)] == [(r.code, r.where, r.times) for r in removed]
