import base64

import pytest

from sanitizers.containers.unpacked import has_parts
from tests.corpus.ciphered_pdfs import METHODS, ciphered_pdf
from tests.corpus.images import dicom, element, jpeg
from tests.corpus.looking import demands, look, notes, silence
from tests.corpus.pdfs import object_stream, pdf, stream

CDA = "<ClinicalDocument><text representation='B64'>{}</text></ClinicalDocument>"
EMBEDDED = base64.b64encode(pdf()).decode()


def active(content: bytes) -> set[str]:
    """Return the demands of the active_content scanner."""
    return demands(look(content), "active_content")


@pytest.mark.parametrize(
    "content",
    [
        pdf(),
        pdf(b"<</Type/Annot/A<</S/URI/URI(https://example.org)>>>>"),
        pdf(catalog=b"/OpenAction [3 0 R/Fit]"),
        pdf(catalog=b"/OpenAction <</S/GoTo/D[3 0 R/Fit]>>"),
        pdf(b"[2 0 R/Fit]", catalog=b"/OpenAction 3 0 R"),
        pdf(b"<</S/GoTo/D[2 0 R/Fit]>>", catalog=b"/OpenAction 3 0 R"),
        pdf(stream(b"(/JS in a page) Tj")),
        pdf(object_stream(b"<</Type/Font>>")),
        pdf(b"<</JSX 1/AAB 2/XFAB 3>>"),
        b"{\\rtf1 Bonjour \\b gras\\b0}",
        b"{\\rtf1 the words \\\\object, \\\\filetbl and \\\\subdoc of a manual}",
        b"{\\rtf1{\\field{\\*\\fldinst HYPERLINK x{\\*\\datafield 08d0c9}}{\\fldrslt x}}}",
        b"<?xml version='1.0'?><a>texte</a>",
        b"<?xml version='1.0'?><!DOCTYPE a SYSTEM 'a.dtd'><a>texte</a>",
        b"<!DOCTYPE ref PUBLIC '-//OASIS//DTD X//EN' 'http://oasis.org/x.dtd'><ref>t</ref>",
        b"<?xml version='1.0'?><!DOCTYPE a [<!ELEMENT a (#PCDATA)>]><a>texte</a>",
        b"<!DOCTYPE html><html><head><title>Avis</title></head><body><p>Bonjour</p></body></html>",
        b"<html><img src='logo.png'><a href='https://example.org'>lien</a><o:p></o:p></html>",
        b"<html><link rel='stylesheet' href='style.css'><p>write to <dr.x@chu.example></html>",
        b"<html><meta charset=utf-8><meta name='a' content='b > c'><link href=a.css></html>",
        b"<html><style>.a:before{content:'\\f101'}</style></html>",
        b"<html><img src='data:image/png;base64,AAAA'></html>",
        "<html><p>caf\u00e9</p></html>".encode("utf-16"),
        b"<svg xmlns='http://www.w3.org/2000/svg'><path d='M0 0'/><use href='#a'/></svg>",
        b"see |+cmdline_hist| and |+cmd|, too!",
        b"a;b\n1;+32 2 555 00 00\n2;-4\n3;@chu\n",
        b"a;b\n1;- please call (555) today\n2;=A1+2\n",
        b"<Document><signatureText representation='B64'>a ...</signatureText></Document>",
        b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
        b"BEGIN:VCARD\r\nPHOTO;ENCODING=b:" + base64.b64encode(jpeg()) + b"\r\nEND:VCARD\r\n",
        b"a|b\n+1|'x' is fine!\n2|3\n",
        b"{\\rtf1{\\shp{\\sp{\\sn pib}{\\sv 010009}}}}",
        b"<?xml-stylesheet type='text/xsl' href='CDA.xsl'?><ClinicalDocument/>",
        b"MSH|^~\\&|LAB\rOBX|1|TX|a||text\r",
        b'{"resourceType": "Patient"}',
        dicom(),
        jpeg(),
        b"Bonjour",
        b"",
    ],
)
def test_ordinary_content_is_passive(content: bytes) -> None:
    """Links, destinations, pages and records ask for nothing, and were looked at."""
    inspection = look(content)
    assert demands(inspection, "active_content") == set()
    assert silence(inspection, "active_content") == ""


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (pdf(b"<</S/JavaScript/JS(app.alert)>>"), "pdf-javascript"),
        (pdf(b"<</S/J#61vaScript/#4aS(x)>>"), "pdf-javascript"),
        (pdf(object_stream(b"<</S/JavaScript/JS(x)>>")), "pdf-javascript"),
        (pdf(object_stream(b"<</S/J#61vaScript>>")), "pdf-javascript"),
        (pdf(stream(b"3 0 obj<</S/JavaScript>>", packed=False)), "pdf-javascript"),
        (pdf(stream(b"3 0 obj<</S/J#61v#61Script>>", packed=False)), "pdf-javascript"),
        (pdf(b"<</S/Launch/F(cmd.exe)>>"), "pdf-launch"),
        (pdf(catalog=b"/AA<</WC 5 0 R>>"), "pdf-additional-actions"),
        (pdf(catalog=b"/Names<</EmbeddedFiles 5 0 R>>"), "pdf-embedded-file"),
        (pdf(b"<</Type/Filespec/EF<</F 9 0 R>>>>"), "pdf-embedded-file"),
        (pdf(b"<</Subtype/RichMedia>>"), "pdf-rich-media"),
        (pdf(catalog=b"/AcroForm<</XFA 5 0 R>>"), "pdf-xfa"),
        (pdf(b"<</S/SubmitForm/F(https://evil)>>"), "pdf-submit-form"),
        (pdf(b"<</S/GoToE>>"), "pdf-go-to-embedded"),
        (pdf(b"<</S/URI/URI(https://x)>>", catalog=b"/OpenAction 3 0 R"), "pdf-open-action"),
        (pdf(catalog=b"/OpenAction<</S/URI/URI(https://x)>>"), "pdf-open-action"),
        (pdf(b"<</S/URI/URI(javascript:x)>>"), "pdf-program-link"),
        (pdf(b"<</S/URI/URI(search-ms:query=x)>>"), "pdf-program-link"),
        (pdf(b"<</S/Thread/F(x.pdf)>>"), "pdf-go-to-remote"),
        (pdf(b"<</Length 0/F(https://evil)/FFilter/FlateDecode>>"), "pdf-external-stream"),
        (pdf(b"<</Subtype/Form/Ref<</F(x.pdf)/Page 0>>>>"), "pdf-external-stream"),
        (pdf(b"<</Type/XObject/Subtype/PS/Length 0>>"), "pdf-postscript"),
        (b"{\\rtf1{\\object\\objemb{\\*\\objdata 01}}}", "rtf-object"),
        (b"{\\rtf1{\\*\\template https://evil/a}}", "rtf-template"),
        (b"{\\rtf1\\\\\\object}", "rtf-object"),
        (b'{\\rtf1{\\field{\\*\\fldinst INCLUDEPICTURE \\\\d "https://evil/a"}}}', "rtf-dde"),
        (b"{\\rtf1{\\subdoc https://evil/a}}", "rtf-remote-part"),
        (b"{\\rtf1{\\field{\\*\\fldinst DD{\\b }EAUTO cmd}}}", "rtf-dde"),
        (b"{\\rtf1{\\field{\\*\\fldinst \\'44\\'44EAUTO cmd}}}", "rtf-dde"),
        (b"<html><script>x</script>", "page-script"),
        (b"<div onclick = 'x'>", "page-script"),
        (b"<svg onload='x'/>", "page-script"),
        ("<html><script>x</script>".encode("utf-16"), "page-script"),
        (b"a;b\n1;=cmd|' /C calc'!A0\n2;3\n", "table-formula"),
        (b"a;b\n1;-2+3+cmd|' /C calc'!A0\n2;3\n", "table-formula"),
        (b'a,b\n1,"=HYPERLINK(""https://evil"")"\n2,x\n', "table-formula"),
        (b"a;b\n1;=1+WEBSERVICE(A1)\n2;3\n", "table-formula"),
        (b"one column\n=cmd|'/k x'!''\n", "table-formula"),
        (b"a;b\n1;+hyperlink('https://evil')\n", "table-formula"),
        (b"a;b\r1;=cmd|' /C calc'!A0\r2;3\r", "table-formula"),
        (b'a;b\n1;=DDE("cmd";"/C calc";"!A0")\n2;3\n', "table-formula"),
        (b"a;b\n1;=wscript|'x.js'!A\n2;3\n", "table-formula"),
        (b"a,b\n1,=rundll32|'URL.dll,OpenURL calc.exe'!A\n2,3\n3,4\n", "table-formula"),
        (b"a;b\n1;=IF(1;cmd|'/c calc'!A0)\n2;3\n", "table-formula"),
        ("a;b\n1;\uff1dcmd|' /C calc'!A0\n2;3\n".encode(), "table-formula"),
        (
            b"{\\rtf1{\\shp{\\sp{\\sn pib}{\\sv https://evil/a.png}}}}",
            "rtf-remote-part",
        ),
        (b"{\\rtf1{\\*\\nextfile https://evil/a.rtf}}", "rtf-remote-part"),
        (b'{\\rtf1{\\field{\\*\\fldinst \\u73?NCLUDEPICTURE "https://evil/a"}}}', "rtf-dde"),
        (b'{\\rtf1{\\field{\\*\\fldinst LINK Excel.Sheet "\\\\evil" a}}}', "rtf-dde"),
        (b'{\\rtf1{\\field{\\*\\fldinst IMPORT "https://evil/a"}}}', "rtf-dde"),
        (
            b"BEGIN:VCALENDAR\nBEGIN:VALARM\nACTION:PROCEDURE\nEND:VALARM\nEND:VCALENDAR\n",
            "calendar-program",
        ),
        (
            b'{"resourceType": "Patient", "text": {"div": "<div><script>x</script></div>"}}',
            "narrative-script",
        ),
        (
            b'{"resourceType": "Patient", "text": {"div": "<div>\\u003cscript>x</script></div>"}}',
            "narrative-script",
        ),
        (b"<html><p ONCLICK='x'>", "page-script"),
        (b"<html><a href='java&#x73;cript:x'>", "page-script"),
        (b"<html><a href='java\tscript:x'>", "page-script"),
        (b"<html><!-- <script>x</script> --></html>", "page-script"),
        (b"<html><form action='https://evil'>", "page-script"),
        (b"<html><meta http-equiv=refresh content='0;url=x'>", "page-script"),
        (b"<html><img src='https://evil/x.png'>", "page-external-target"),
        (b"<html><img src=\\\\evil\\x>", "page-external-target"),
        (b"<html><img src='file://evil/x'>", "page-external-target"),
        (b"<html><p style='background:url(//evil/x)'>", "page-external-target"),
        (b"<html><style>@import 'https://evil';</style>", "page-external-target"),
        (b"<html><link rel=stylesheet href='https://evil/a.css'>", "page-external-target"),
        (
            b"<html><link title='>' rel=stylesheet href='https://evil/a.css'>",
            "page-external-target",
        ),
        (b"<html><link/href='&#104;ttps://evil/a.css'/rel=stylesheet>", "page-external-target"),
        (b"<html><meta a='>' http-equiv='Refresh' content='0;url=x'>", "page-script"),
        (b"<html><link rel=stylesheet href='a.css", "page-odd-element"),
        (b"<html><link a'b rel=stylesheet href=a.css>", "page-odd-element"),
        (b"<html><img srcset='a.png 1x, https://evil/b.png 2x'>", "page-external-target"),
        (b"<html><p style='background:\\75rl(https://evil/x)'>", "page-external-target"),
        (b"<html><p style='background:image-set(\"//evil/x\" 1x)'>", "page-external-target"),
        (b"<html><portal src=x>", "page-unknown-element"),
        (b"<html><o:OLEObject>", "page-unknown-element"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "page-unknown-element"),
        (
            b"<svg xmlns='http://www.w3.org/2000/svg'><a><animate attributeName='href'/></a></svg>",
            "page-unknown-element",
        ),
        (
            b"<x:svg xmlns:x='http://www.w3.org/2000/svg'><x:script/></x:svg>",
            "page-unknown-element",
        ),
        (
            b"<svg xmlns='http://www.w3.org/2000/svg'><image href='https://evil'/></svg>",
            "page-external-target",
        ),
        (
            b"<svg xmlns='http://www.w3.org/2000/svg'><h:portal xmlns:h='http://www.w3.org/1999/xhtml'/></svg>",
            "page-unknown-element",
        ),
        (b"<?xml version='1.0'?><!DOCTYPE a SYSTEM 'https://evil/x'><a/>", "xml-document-type"),
        (b"<?xml-stylesheet href='https://evil/a.xsl'?><a/>", "xml-stylesheet"),
        (b"<?xml-stylesheet href='#inside'?><a/>", "xml-stylesheet"),
        (b"<?mso-application progid='Word.Document'?><a/>", "xml-office-document"),
        (b"<doc><s:script xmlns:s='http://www.w3.org/1999/xhtml'/></doc>", "xml-script"),
        (b"<doc><s:p xmlns:s='http://www.w3.org/1999/xhtml' onclick='x'/></doc>", "xml-script"),
        (b"<doc href='javascript:x'/>", "xml-script"),
    ],
)
def test_what_runs_or_fetches_is_active(content: bytes, rule: str) -> None:
    """Each way that a document has to run or fetch something has a rule."""
    assert rule in active(content)


@pytest.mark.parametrize(
    "content",
    [
        f"MSH|^~\\&|L\rOBX|1|ED|a||^PDF^^Base64^{EMBEDDED}\r".encode(),
        f'{{"resourceType": "Binary", "data": "{EMBEDDED}"}}'.encode(),
        b'{"resourceType": "Binary", "contentType": "image/png", "data": "iVBORw0KGgo="}',
        CDA.format(EMBEDDED).encode(),
        CDA.format("not base64!").encode(),
        f"BEGIN:VCARD\nPHOTO;ENCODING=b:{EMBEDDED}\nEND:VCARD\n".encode(),
        f"BEGIN:VCALENDAR\nATTACH;ENCODING=BASE64:{EMBEDDED}\n".encode(),
        f"BEGIN:VCALENDAR\nATTACH;ENCODING=BASE64:\n {EMBEDDED[:5]}\n {EMBEDDED[5:]}".encode(),
        b"BEGIN:VCALENDAR\nATTACH;ENCODING=BASE64;VALUE=BINARY:ZWNobw==\n",
        b"BEGIN:VCARD\nKEY:data:application/octet-stream;base64,eE1a\n",
        f'{{"data": "\\u004a{EMBEDDED[1:]}"}}'.encode(),
        b"MSH|^~\\&|L\rOBX|1|ED|a||^application^octet^Hex^" + pdf().hex().encode() + b"\r",
        f"<kmehrmessage><lnk>{EMBEDDED}</lnk></kmehrmessage>".encode(),
        f"<kmehrmessage><lnk>&#74;{EMBEDDED[1:]}</lnk></kmehrmessage>".encode(),
        f"<r><data value='{EMBEDDED}'/></r>".encode(),
        dicom(element(8, 0x16, b"UI", b"1\x00") + element(0x42, 0x11, b"OB", b"%PDF")),
    ],
)
def test_a_record_with_a_document_is_one_that_has_to_be_taken_apart(content: bytes) -> None:
    """It is noted, in whatever letters it is written; what lies in it is judged on its own."""
    said = look(content)

    assert set() == active(content)
    assert "embedded-document" in notes(said, "active_content")
    assert has_parts(said)


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (
            f"<html><a href='data:application/msword;base64,{EMBEDDED}'>x</a></html>".encode(),
            "embedded-document",
        ),
        (pdf(trailer=b"/Encrypt 4 0 R"), "password-protected"),
    ],
)
def test_what_has_to_be_opened_first_cannot_be_judged(content: bytes, rule: str) -> None:
    """A document inside a page, and one behind a password, wait."""
    assert active(content) == {rule}


@pytest.mark.parametrize("method", METHODS)
def test_a_restricted_pdf_is_looked_into(method: str) -> None:
    """Encryption that every reader undoes hides nothing, and holds nothing by itself."""
    assert active(ciphered_pdf(METHODS[method], b"<</S/JavaScript>>")) == {"pdf-javascript"}
    passive = look(ciphered_pdf(METHODS[method], b"<</Type/Font>>"))
    assert demands(passive, "active_content") | demands(passive, "integrity") == set()
    assert "opens-without-password" in notes(passive, "file_type")
    closed = ciphered_pdf(METHODS[method], b"<</Type/Font>>", password=b"secret")
    assert active(closed) == {"password-protected"}


@pytest.mark.parametrize(
    "content",
    [
        pdf(stream(b"x", b"/Type/ObjStm/Filter/LZWDecode", packed=False)),
        pdf(stream(b"x", b"/Type/ObjStm/Filter/FlateDecode", packed=False)),
        pdf(stream(b"x", b"/Type/ObjStm/N 1/First 0/Filter 9 0 R", packed=False)),
        pdf(stream(b"x", b"/Type/ObjStm/N 1/First 0/Filter[9 0 R]", packed=False)),
        pdf(stream(b"x", b"/Type/ObjStm/DecodeParms 9 0 R", packed=True)),
        b"{\\rtf1 \\bin9 123456789}",
        b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b '<c/>'>]><a/>",
        b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY % b SYSTEM 'c'>%b;]><a/>",
        b"<?xml version='1.0'?><!DOCTYPE svg [<!ENTITY a '<b/>'>]><svg>&a;</svg>",
        b"<html>\x1b$B<\x1b(B</html>",
        b"<?xml version='1.0'?><a>",
        dicom()[:-4],
        b"LZIP\x01",
        b"\x01\x02\x03",
    ],
)
def test_what_cannot_be_walked_whole_is_not_scanned(content: bytes) -> None:
    """A reader that stops early says so; so does a type without reader."""
    assert silence(look(content), "active_content") != ""


def test_a_local_style_sheet_is_noted() -> None:
    """Clinical documents name the sheet beside them."""
    content = b"<?xml-stylesheet type='text/xsl' href='CDA.xsl'?><ClinicalDocument/>"
    assert notes(look(content), "active_content") == {"xml-stylesheet"}
