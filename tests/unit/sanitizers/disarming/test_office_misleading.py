"""Office documents that mislead whoever reads them: second attributes, switches, hidden sources."""

import pytest

from sanitizers.disarming.interface import CannotDisarmError, Switch
from sanitizers.disarming.office import opendocument
from sanitizers.disarming.office.documents import DISARMER
from sanitizers.disarming.zipped import pack, unpack
from tests.corpus.looking import demands, look
from tests.corpus.office_cases import HELLO, SETTINGS, SETTINGS_NAMES
from tests.corpus.office_parts import OFFICE, Package, complex_field, sheet, text, workbook

NO_SWITCHES: frozenset[Switch] = frozenset()
OTHER = 'xmlns:x="urn:other" x:'
LIBRARY = "http://schemas.openxmlformats.org/schemaLibrary/2006/main"
PACKED = '&lt;p:package xmlns:p="http://schemas.microsoft.com/office/2006/xmlPackage"&gt;evil'
OPEN = "urn:oasis:names:tc:opendocument:xmlns:"


def _simple(code: str) -> str:
    return (
        f'<w:p><w:fldSimple {OTHER}instr="PAGE" w:instr="{code}">{HELLO[5:-6]}</w:fldSimple></w:p>'
    )


def _run(inside: str) -> str:
    return f"<w:r>{inside}</w:r>"


def _masked() -> str:
    begin = f'<w:fldChar {OTHER}fldCharType="none" w:fldCharType="begin"/>'
    end = f'<w:fldChar {OTHER}fldCharType="none" w:fldCharType="end"/>'
    code = "<w:instrText> LINK Word.Document evil </w:instrText>"
    return f"<w:p>{_run(begin)}{_run(code)}{_run(end)}</w:p>"


def _settings() -> Package:
    library = f'<l:schemaLibrary xmlns:l="{LIBRARY}"><l:schema l:manifestLocation="http://evil"/>'
    inside = f"<w:settings {SETTINGS_NAMES}>{library}</l:schemaLibrary></w:settings>"
    return text(HELLO).linked("settings", OFFICE + SETTINGS, "word/settings.xml", inside)


def _cell(formula: str) -> Package:
    cell = f'<row r="1"><c r="A1"><f>{formula}</f><v>1</v></c></row>'
    return workbook({"s": sheet(cell)})


MISLEADING: dict[str, Package] = {
    "a simple field with a second code": text(HELLO + _simple("INCLUDEPICTURE evil")),
    "marks of a field with a second kind": text(HELLO + complex_field("PAGE", "1") + _masked()),
    "a link behind its switches": text(
        complex_field(' HYPERLINK \\o "tip" "file://evil/a.exe" ', "Dr") + HELLO
    ),
    "a path behind a flag": text(complex_field(' HYPERLINK \\n "\\\\evil\\a" ', "Dr") + HELLO),
    "a document in the data of a form": text(HELLO).linked(
        "customXml", "application/xml", "customXml/item1.xml", f"<a>{PACKED}</a>"
    ),
    "a library of schemas": _settings(),
    "Python in a cell": _cell("_xlfn._xlws.PY(evil)"),
    "DDE of Excel 4": _cell("INITIATE(evil)"),
}
EXCEL = "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"
HIDDEN = PACKED.replace("xmlPackage", "xmlP&amp;#97;ckage")
ALTERNATIVES = (
    '<w:r><mc:AlternateContent><mc:Choice Requires="none"><w:instrText>PAGE </w:instrText>'
    '</mc:Choice><mc:Fallback><w:instrText>INCLUDETEXT "evil"</w:instrText></mc:Fallback>'
    "</mc:AlternateContent></w:r>"
)
# Beside what a program reads: elements that it skips, alternatives that it does not take.
MISLEADING |= {
    "a call with something in it": _cell("WEB<ig:x xmlns:ig='urn:ig'/>SERVICE(&quot;evil&quot;)"),
    "a name with something in it": workbook(
        {"s": sheet("")},
        "<definedNames><definedName name='a'>WEB<i xmlns='urn:i'/>SERVICE(\"evil\")</definedName>"
        "</definedNames>",
    ),
    "a code with something in it": text(
        complex_field('HYPERLINK \\l "a"<ig:x xmlns:ig="urn:ig"/> "file://evil/"', "Dr") + HELLO
    ),
    "a code in one of several alternatives": text(
        complex_field("", "Dr", more=ALTERNATIVES) + HELLO
    ),
    "a document in data, escaped once more": text(HELLO).linked(
        "customXml", "application/xml", "customXml/item1.xml", f"<a>{HIDDEN}</a>"
    ),
    "a document in data, in a marked section": text(HELLO).linked(
        "customXml",
        "application/xml",
        "customXml/item1.xml",
        f"<a><![CDATA[{HIDDEN.replace('&amp;', '&').replace('&lt;', '<')}]]></a>",
    ),
    "a document in data of two letters a byte": text(HELLO).linked(
        "customXml",
        "application/xml",
        "customXml/item1.xml",
        f'<?xml version="1.0" encoding="utf-16"?><a>{PACKED}</a>'.encode("utf-16"),
    ),
    "a formula of a control": workbook({"s": sheet("")}).linked(
        "ctrlProp",
        "application/vnd.ms-excel.controlproperties+xml",
        "xl/ctrlProps/ctrlProp1.xml",
        f'<formControlPr xmlns="{EXCEL}" objectType="List" fmlaRange="cmd|evil!A0"/>',
    ),
    "a text sent to a service": _cell("_xlfn.TRANSLATE(evil)"),
}
FORMS = {
    "a source of rows": '<form:form form:datasource="file:///evil.odb"/>',
    "a picture of a button": '<form:form><form:image form:image-data="http://evil"/></form:form>',
    "data of XForms": '<x:model xmlns:x="http://www.w3.org/2002/xforms"><x:instance src="evil"/>'
    "</x:model>",
}


@pytest.mark.parametrize("name", MISLEADING)
def test_what_misleads_is_seen_by_the_disarmer_and_by_the_walk(name: str) -> None:
    """Nothing of it is in the copy, and the walk would have seen it there."""
    content = MISLEADING[name].built()

    made = DISARMER.disarm(content, NO_SWITCHES)

    assert DISARMER.walk(content)
    assert DISARMER.walk(made.content) == ()
    assert made.removed
    assert b"evil" not in b"".join(unpack(made.content).values())
    assert DISARMER.disarm(made.content, NO_SWITCHES).content == made.content


def test_a_link_to_a_place_stays() -> None:
    """Switches with what belongs to them are no addresses."""
    code = ' HYPERLINK \\l "place" \\o "a tip: see" '
    made = DISARMER.disarm(text(complex_field(code, "Dr") + HELLO).built(), NO_SWITCHES)

    assert made.removed == ()
    assert DISARMER.walk(made.content) == ()


@pytest.mark.parametrize("name", FORMS)
def test_sources_of_forms_in_opendocument_go(name: str) -> None:
    """A form is filled from nowhere else, and its words stay."""
    spaces = f'xmlns:office="{OPEN}office:1.0" xmlns:form="{OPEN}form:1.0"'
    kind = b"application/vnd.oasis.opendocument.text"
    xml = f"<office:document-content {spaces}>{FORMS[name]}</office:document-content>"
    members = [("mimetype", kind), ("content.xml", xml.encode())]
    content = pack(members, stored="mimetype")

    made = opendocument.DISARMER.disarm(content, NO_SWITCHES)

    assert {"odf.form-source", "odf.element-instance"} & set(opendocument.DISARMER.walk(content))
    assert opendocument.DISARMER.walk(made.content) == ()
    assert b"evil" not in b"".join(unpack(made.content).values())


def test_data_that_is_reached_as_something_else_too_is_walked() -> None:
    """What a program reads as settings is looked at, whatever else it is called."""
    inside = f"<w:settings {SETTINGS_NAMES}><w:mailMerge/></w:settings>"
    kind = OFFICE + SETTINGS
    package = text(HELLO).linked("settings", kind, "word/settings.xml", inside)
    package.link("word/document.xml", "data", "customXml", "/word/settings.xml")

    assert "ooxml.element-mailmerge" in DISARMER.walk(package.built())


def test_two_parts_of_one_name_are_held() -> None:
    """One program takes a percent sign for what it escapes, another one does not."""
    package = text(HELLO).part("word/a.xml", "application/xml", "<a/>")
    package.part("word/%61.xml", "application/xml", "<a/>")

    with pytest.raises(CannotDisarmError, match="one name"):
        DISARMER.disarm(package.built(), NO_SWITCHES)


def test_a_field_within_one_alternative_stays() -> None:
    """A text box is written twice, and its fields are whole in both."""
    field = complex_field("PAGE", "1")
    both = (
        f'<mc:AlternateContent><mc:Choice Requires="wps">{field}</mc:Choice>'
        f"<mc:Fallback>{field}</mc:Fallback></mc:AlternateContent>"
    )
    made = DISARMER.disarm(text(HELLO + both).built(), NO_SWITCHES)

    assert made.removed == ()
    assert DISARMER.walk(made.content) == ()


def test_a_fraction_is_no_formula_of_a_cell() -> None:
    """Mathematics has an element of the same name, with parts."""
    space = "http://schemas.openxmlformats.org/officeDocument/2006/math"
    sum_ = f'<w:p><m:oMath xmlns:m="{space}"><m:f><m:num/><m:den/></m:f></m:oMath></w:p>'
    made = DISARMER.disarm(text(HELLO + sum_).built(), NO_SWITCHES)

    assert made.removed == ()
    assert DISARMER.walk(made.content) == ()


def test_a_range_in_another_file_goes() -> None:
    """A chart of a table draws no cells of a file elsewhere."""
    spaces = f'xmlns:office="{OPEN}office:1.0" xmlns:chart="{OPEN}chart:1.0"'
    series = "<chart:series chart:values-cell-range-address=\"'file:///evil.ods'#$S.A1:.A2\"/>"
    kind = b"application/vnd.oasis.opendocument.text"
    xml = f"<office:document-content {spaces}>{series}</office:document-content>"
    content = pack([("mimetype", kind), ("content.xml", xml.encode())], stored="mimetype")

    made = opendocument.DISARMER.disarm(content, NO_SWITCHES)

    assert "odf.range-outside" in opendocument.DISARMER.walk(content)
    assert opendocument.DISARMER.walk(made.content) == ()
    assert b"evil" not in b"".join(unpack(made.content).values())


@pytest.mark.parametrize("name", [name for name in MISLEADING if " in data" in name])
def test_the_scanner_finds_a_document_in_data(name: str) -> None:
    """However it is written: what it does not find is promoted as it is."""
    assert "ooxml-foreign-part" in demands(look(MISLEADING[name].built()), "active_content")
