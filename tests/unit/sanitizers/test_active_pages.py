import pytest

from tests.corpus.looking import demands, look, silence

DRAWN = "<svg xmlns='http://www.w3.org/2000/svg'{}>{}</svg>"
WITH_PAGE = "<r xmlns:h='http://www.w3.org/1999/xhtml' xmlns:s='http://www.w3.org/2000/svg'>{}</r>"


def active(content: bytes) -> set[str]:
    """Return the demands of the active_content scanner."""
    return demands(look(content), "active_content")


@pytest.mark.parametrize(
    "content",
    [
        DRAWN.format("", "<foreignObject><i:ref xmlns:i='urn:i' href='#a'/></foreignObject>"),
        DRAWN.format(
            " xmlns:h='http://www.w3.org/1999/xhtml'",
            "<foreignObject><h:div><h:p>Bonjour</h:p></h:div></foreignObject>",
        ),
        DRAWN.format("", "<image href='C:\\Photos\\a.png'/><image href='file:///home/a.png'/>"),
        DRAWN.format("", "<r:li xmlns:r='urn:rdf' href='https://example.org'/>"),
        "<!DOCTYPE svg [<!ENTITY n 'http://www.w3.org/2000/svg'>]><svg xmlns='&n;'><g/></svg>",
        "<?xml-stylesheet type='text/css' href='a.css'?>" + DRAWN.format("", "<g/>"),
        WITH_PAGE.format(
            "<h:div><h:p>Bonjour <h:a href='https://example.org'>x</h:a></h:p></h:div>"
        ),
        '<html><p>1 +ADMINISTRATION+ 2 + AD</p><img src="data:image/png;base64,+AAAw"></html>',
        "<html><svg><use href='#a'/><image xlink:href='a.png'/></svg></html>",
        "<html><img src='file:///C:/Photos/a.png'></html>",
    ],
)
def test_what_programs_write_into_pictures_and_pages_is_passive(content: str) -> None:
    """Foreign objects, abbreviations, pictures on a disk and remarks of programs run nothing."""
    inspection = look(content.encode())
    assert demands(inspection, "active_content") == set()
    assert silence(inspection, "active_content") == ""


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        ("<html><meta charset=utf-7>+ADw-script+AD4-x", "page-alphabet"),
        ("<html><p>+AGEAPABzAGMAcgBpAHAAdAA+-x", "page-alphabet"),
        ("<html><meta charset='cp037'>x", "page-alphabet"),
        ("<html><svg><image href='https://evil/a'/></svg>", "page-external-target"),
        ("<html><svg><image title='<a ' xlink:href='//evil/a'/>", "page-external-target"),
        ("<html><svg><use href='https://evil/a#b'/></svg>", "page-external-target"),
        ("<html><svg><use href=a'b/></svg>", "page-odd-element"),
        ("<html><img src=`https://evil/a`>", "page-external-target"),
        ('<html><img src="ht\ntps://evil/a">', "page-external-target"),
        ("<html><style>@import'https://evil/a.css';</style>", "page-external-target"),
        ("<html><style>p{background:image('https://evil/a')}</style>", "page-external-target"),
        ("<html><p style='x:expr/**/ession(1)'>", "page-script"),
        ("<html><p style='background:u/**/rl(https://evil/a)'>", "page-external-target"),
        ("<?xml-stylesheet href='https://evil/a'?>" + DRAWN.format("", ""), "xml-stylesheet"),
        ("<?xml-stylesheet type='text/xsl' href='#a'?>" + DRAWN.format("", ""), "xml-stylesheet"),
        ("<?xml-stylesheet type='text/xsl' href='a'?>" + DRAWN.format("", ""), "xml-stylesheet"),
        (DRAWN.format("", "<image href='file:////evil/a'/>"), "page-external-target"),
        (DRAWN.format("", "<image href='file://evil/a'/>"), "page-external-target"),
        (WITH_PAGE.format("<h:img src='https://evil/a'/>"), "page-external-target"),
        (WITH_PAGE.format("<h:meta http-equiv='Refresh' content='0;url=a'/>"), "page-script"),
        (WITH_PAGE.format("<h:link href='https://evil/a'/>"), "page-external-target"),
        (WITH_PAGE.format("<h:base href='https://evil/a'/>"), "page-unknown-element"),
        (WITH_PAGE.format("<h:style>@import 'https://evil/a';</h:style>"), "page-external-target"),
        (WITH_PAGE.format("<s:set attributeName='onload'/>"), "page-unknown-element"),
        (WITH_PAGE.format("<h:a href='java&#9;script:x'/>"), "xml-script"),
        (
            "<r><i:include xmlns:i='http://www.w3.org/2001/XInclude' href='https://evil'/></r>",
            "xml-external-part",
        ),
    ],
)
def test_what_hides_in_pages_and_pictures_is_seen(content: str, rule: str) -> None:
    """Other alphabets, targets written oddly, and pages within other documents."""
    assert rule in active(content.encode())


def test_the_writing_systems_of_a_font_are_no_scripts() -> None:
    """An element of no vocabulary runs nowhere; one of a known vocabulary may."""
    font = "<ttFont><ScriptRecord><Script><DefaultLangSys/></Script></ScriptRecord></ttFont>"
    assert demands(look(font.encode()), "active_content") == set()
    for text in ("<d><script>x</script></d>", "<d xmlns='urn:x'><Script>x</Script></d>"):
        assert demands(look(text.encode()), "active_content") == {"xml-script"}
