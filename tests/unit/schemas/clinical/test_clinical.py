import base64
import socket

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custody.errors import UsageError
from schemas.clinical.cda import Cda
from schemas.clinical.definitions import find_schemas
from schemas.clinical.kmehr import Kmehr
from schemas.interface import Record
from tests.corpus.clinical import ATTACHED, CDA, cda, kmehr
from tests.corpus.resources import PROGRAM
from tests.corpus.validating import codes, report_of, said_by

TITLE = "<title>Lettre</title>"
TEXT = "<text>Bonjour "
PDF = base64.b64encode(b"%PDF-1.4\n%%EOF\n").decode()
WITH_PDF = f"</structuredBody></component>{ATTACHED.format(PDF)}"


def told(content, schema=None):
    """The codes that are said of a document, but that definitions are missing."""
    found = schema or (Kmehr() if b"kmehrmessage" in content else Cda())
    return [code for code in codes(said_by(found, content)) if code != "GEN-013"]


def is_refused(content):
    """Whether a document is refused."""
    schema = Kmehr() if b"kmehrmessage" in content else Cda()
    said = said_by(schema, content)
    return any(isinstance(i, Record) and i.fate.value == "refused" for i in said)


@pytest.mark.parametrize(
    "content",
    [
        cda(),
        cda('encoding="UTF-8"', 'encoding="ISO-8859-1"'),
        cda(
            "</structuredBody></component>", f"</structuredBody></component>{ATTACHED.format(PDF)}"
        ),
        cda("1.2.250.1.213.1.4.8", "1.2.250.1.213.1.4.10").replace(b"203977", b"203970"),
        kmehr(),
    ],
    ids=["CDA", "Latin", "PDF", "INS of test", "KMEHR"],
)
def test_sound_documents_are_accepted_without_a_word(content):
    """What follows the standards is accepted; fake keys of test namespaces too."""
    assert [] == told(content)


ENTITY = '<!DOCTYPE x [<!ENTITY e "x">]>'
LAUGHS = "<!DOCTYPE x [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;'><!ENTITY c '&b;&b;&b;'>]>"
PARAMETER = '<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/passwd">%p;]>'
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (cda(HEAD, HEAD + ENTITY), "XML-002"),
        (cda(HEAD, HEAD + LAUGHS), "XML-002"),
        (cda(HEAD, HEAD + '<!DOCTYPE x SYSTEM "http://evil.example/x.dtd">'), "XML-002"),
        (cda(HEAD, HEAD + PARAMETER), "XML-002"),
        (cda(HEAD, HEAD + '<?xml-stylesheet href="https://evil.example/x.xsl"?>'), "XML-004"),
        (cda(TEXT, '<text><xi:include xmlns:xi="http://www.w3.org/2001/XInclude"/>'), "XML-004"),
        (cda('encoding="UTF-8"', 'encoding="UTF-7"'), "XML-003"),
        (CDA.replace("UTF-8", "UTF-16").encode("utf-16"), "XML-003"),
        (cda()[:-40], "XML-001"),
        (cda(TEXT, "<text>\x00"), "XML-001"),
        (cda(TEXT, "<text>&e;"), "XML-001"),
        (cda(TEXT, "<text>" + "<a>" * 100_000 + "</a>" * 100_000), "GEN-011"),
        (cda(TEXT, "<text><script>x</script>"), "GEN-018"),
        (cda(TEXT, '<text><content onclick="x()">x</content>'), "GEN-018"),
        (cda(TEXT, "<text><iframe/>"), "GEN-018"),
        (cda(TEXT, '<text><content styleCode="x:expression(1)">x</content>'), "GEN-018"),
        (cda("https://hopital.example/x", "javascript:alert(1)"), "GEN-019"),
        (cda("https://hopital.example/x", "file:///c:/x"), "GEN-019"),
        (cda("https://hopital.example/x", "\\\\srv\\x"), "GEN-019"),
        (cda(TEXT, "<text>\u202ex"), "GEN-005"),
        (cda("19610714", "20230230"), "GEN-008"),
        (cda("19610714", "29990101"), "GEN-009"),
        (cda("19610714", "17000101"), "GEN-009"),
        (cda('low value="20260301"', 'low value="20260401"'), "GEN-010"),
        (cda("34133-9", "34133-0"), "ID-002"),
        (cda("262087503203977", "262087503203978"), "ID-002"),
        (cda("801234567897", "801234567896"), "ID-002"),
        (cda("<author>", "<recordTarget/><author>"), "XML-007"),
        (cda(TITLE, TITLE).replace(b"recordTarget", b"other"), "XML-007"),
        (cda('<typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>', ""), "XML-008"),
        (
            cda("</structuredBody></component>", "</structuredBody></component>"
                + ATTACHED.format(base64.b64encode(PROGRAM).decode())), "GEN-015",
        ),
        (
            cda("</structuredBody></component>", "</structuredBody></component>"
                + ATTACHED.format("@@@")), "GEN-016",
        ),
        (kmehr("85073003328", "85073003329"), "ID-002"),
        (kmehr("1985-07-30", "1985-02-30"), "GEN-008"),
        (kmehr("1985-07-30", "2199-01-01"), "GEN-009"),
        (kmehr("2026-03-05", "2026-02-05"), "GEN-010"),
        (kmehr("<patient>", "<patient/><patient>"), "XML-007"),
        (kmehr("header>", "head>").replace(b"</header", b"</head"), "XML-008"),
        (kmehr("</item>", "</item><lnk MEDIATYPE='image/jpeg'>"
               + base64.b64encode(PROGRAM).decode() + "</lnk>"), "GEN-015"),
    ],
)  # fmt: skip
def test_attacks_and_damage_are_refused(content, code):
    """Each trick of XML and each impossible value refuses the document, with its own reason."""
    assert code in told(content)
    assert is_refused(content)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (cda(HEAD, HEAD + '<?xml-stylesheet type="text/xsl" href="CDA.xsl"?>'), "XML-005"),
        (cda("20260312080000+0100", "202603120"), "XML-011"),
        (cda("34133-9", "LOCAL"), "ID-006"),
        (cda(TEXT, "<text>\u200bx"), "GEN-023"),
        (cda(TEXT, '<text><renderMultiMedia referencedObject="none"/>'), "XML-009"),
        (cda("</structuredBody></component>", "</structuredBody></component><component><nonXMLBody>"
             '<text><reference value="x.pdf"/></text></nonXMLBody></component>'), "XML-010"),
        (kmehr("0039347", "0039346"), "ID-004"),
    ],
)  # fmt: skip
def test_habits_are_accepted_and_flagged(content, code):
    """What real systems write is told, and does not cost the document."""
    assert [code] == told(content)
    assert not is_refused(content)


def test_an_auto_presentable_document_is_flagged_and_its_inside_judged():
    """A CI-SIS style sheet with the document in it is told; what it holds is judged as ever."""

    def around(inner):
        body = inner.split(b"?>\n", 1)[1].decode()
        return ('<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform">'
                f"<d>{body}</d></xsl:stylesheet>").encode()  # fmt: skip

    assert ["XML-005"] == told(around(cda()))
    assert "GEN-009" in told(around(cda("19610714", "29990101")))
    assert "XML-008" in told(b"<xsl:stylesheet xmlns:xsl='x'/>")


def test_documents_are_known_by_their_root():
    """Content decides which of the two standards judges a document."""
    assert "cda" == report_of(cda()).schema
    assert "kmehr" == report_of(kmehr()).schema


XSD = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:hl7-org:v3"
 elementFormDefault="qualified">{}<xs:element name="ClinicalDocument"/></xs:schema>"""


def test_an_official_schema_is_a_second_validator(tmp_path):
    """A document that the schema refuses is flagged; one that it accepts is not."""
    (tmp_path / "CDA.xsd").write_text(XSD.format("").replace("ClinicalDocument", "Other"))
    strict = Cda(definitions=find_schemas([tmp_path], ["CDA.xsd"]))
    assert ["XML-006"] == told(cda(), strict)
    (tmp_path / "CDA_SDTC.xsd").write_text(XSD.format(""))
    lenient = Cda(definitions=find_schemas([tmp_path], ["CDA_SDTC.xsd", "CDA.xsd"]))
    assert [] == told(cda(), lenient)
    assert find_schemas([tmp_path], ["kmehr-*.xsd"]) is None


@pytest.mark.parametrize(
    "text",
    [
        "<xs:schema",
        XSD.format('<xs:include schemaLocation="/etc/hostname"/>'),
    ],
)
def test_schemas_that_reach_out_of_their_folder_are_refused(tmp_path, text):
    """A broken schema, or one that includes a file outside of its folder, does not compile."""
    (tmp_path / "CDA.xsd").write_text(text)
    with pytest.raises(UsageError, match=r"CDA\.xsd"):
        find_schemas([tmp_path], ["CDA.xsd"])


def test_schemas_fetch_nothing(tmp_path):
    """A schema that imports an address of the network compiles without it, and nobody is asked."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/x.xsd"
        text = XSD.format(f'<xs:import namespace="x" schemaLocation="{address}"/>')
        (tmp_path / "CDA.xsd").write_text(text)
        assert find_schemas([tmp_path], ["CDA.xsd"]) is not None
        with pytest.raises(BlockingIOError):
            listening.accept()


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=60), st.integers(0, len(CDA)), st.integers(0, 40))
def test_no_bytes_break_the_reader(noise, place, dropped):
    """Whatever stands anywhere in a document, it gets an answer."""
    content = CDA.encode()
    said = said_by(Cda(), content[:place] + noise + content[place + dropped :])
    assert said
