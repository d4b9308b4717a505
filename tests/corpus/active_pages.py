"""Pages and drawings with one construct each that a copy may not have. All are inert."""

from dataclasses import dataclass

TEXT = "<h1>Bericht</h1><p class='x'>Kreatinin 84 &micro;mol/l &lt; 100</p>"
XLINK = "http://www.w3.org/1999/xlink"
SHAPES = "<path d='M0 0L9 9'/><text x='1' y='2'>Befund</text>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A document, and the code under which its construct is taken out."""

    code: str
    content: bytes


def page(body: str, head: str = "") -> bytes:
    """Return a page with the text of every page."""
    return (
        f"<!DOCTYPE html><html><head><title>a</title>{head}</head><body>{TEXT}{body}</body></html>"
    ).encode()


def drawing(inside: str, attributes: str = "", before: str = "") -> bytes:
    """Return a drawing with the shapes of every drawing."""
    return (
        f"{before}<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='{XLINK}'{attributes}>"
        f"{SHAPES}{inside}</svg>"
    ).encode()


def _of(code: str, body: str, head: str = "") -> Case:
    return Case(code=code, content=page(body, head))


def _drawn(code: str, inside: str, attributes: str = "", before: str = "") -> Case:
    return Case(code=code, content=drawing(inside, attributes, before))


PAGES: dict[str, Case] = {
    "script": _of("html.script", "<script>alert(1)</script>"),
    "script-elsewhere": _of("html.script", "", "<script src='//a.test/x.js'></script>"),
    "script-of-word": _of("html.script", "<SCRIPT language='VBScript'><!-- x --></SCRIPT >"),
    "split-script": _of("html.other-element", "<scr<script>alert(1)</script>ipt>alert(1)"),
    "handler": _of("html.handler", "<p onclick='alert(1)'>a</p>"),
    "handler-after-slash": _of("html.handler", "<img/src='a.png'/onerror=alert(1)>"),
    "handler-unquoted": _of("html.handler", "<b onmouseover=alert(1)>a</b>"),
    "form-action": _of("html.handler", "<button formaction='javascript:alert(1)'>a</button>"),
    "script-link": _of("html.link", "<a href='javascript:alert(1)'>a</a>"),
    "split-link": _of("html.link", "<a href='java&#10;script&colon;alert(1)'>a</a>"),
    "data-link": _of("html.link", "<a href='data:text/html,a'>a</a>"),
    "file-link": _of("html.link", "<a href='file:///c:/a.exe'>a</a>"),
    "share-link": _of("html.link", "<a href='\\\\a.test\\b'>a</a>"),
    "program-link": _of("html.link", "<a href='ms-word:ofe|u|http://a.test'>a</a>"),
    "frame": _of("html.frame", "<iframe src='http://a.test'>a</iframe>"),
    "frameset": _of("html.frame", "<frameset cols='*'><frame src='http://a.test'></frameset>"),
    "object": _of("html.object", "<object data='a.swf'>other text</object>"),
    "embed": _of("html.object", "<embed src='a.swf'>"),
    "applet": _of("html.object", "<applet code='a.class'>other text</applet>"),
    "form": _of("html.form", "<form action='http://a.test'><input name='a' value='b'></form>"),
    "base": _of("html.base", "", "<base href='http://a.test/'>"),
    "refresh": _of("html.refresh", "", "<meta http-equiv='Refresh' content='0;url=http://a.test'>"),
    "picture": _of("html.external", "<img src='http://a.test/pixel.gif'>"),
    "picture-set": _of("html.external", "<img src='a.png' srcset='//a.test/b.png 2x'>"),
    "drawn-picture": _of("html.external", "<img src='data:image/svg+xml,<svg/>'>"),
    "background": _of("html.external", "<table background='http://a.test/a.gif'></table>"),
    "sheet-elsewhere": _of("html.external", "", "<link rel='stylesheet' href='//a.test/a.css'>"),
    "sheet": _of("html.style", "", "<style>@import url(http://a.test/a.css);</style>"),
    "escaped-sheet": _of("html.style", "", "<style>@\\69mport 'a';</style>"),
    "expression": _of("html.style", "<p style='width:expr/**/ession(alert(1));color:red'>a</p>"),
    "style-picture": _of("html.style", "<p style='background:url(http://a.test/a)'>a</p>"),
    "binding": _of("html.style", "<p style='-moz-binding:url(a.xml#b)'>a</p>"),
    "drawing": _of("html.drawing", "<svg><text>drawn</text><set href='a'/></svg>"),
    "media": _of("html.media", "<video src='http://a.test/a.mp4' autoplay>none</video>"),
    "template": _of("html.template", "<template><img src=x></template>"),
    "unknown": _of("html.other-element", "<x-foo>inside</x-foo>"),
    "condition": _of("html.instruction", "<!--[if IE]><script>alert(1)</script><![endif]-->"),
    "script-behind-a-remark": _of(
        "html.script", "<!-- a --!><script>alert(1)</script><!-- b --><p>shown</p>"
    ),
    "server": _of("html.instruction", "<?php system('a'); ?>"),
    "utf-16": Case(
        code="html.script",
        content=page("<script>alert(1)</script>").decode().encode("utf-16"),
    ),
}
DRAWINGS: dict[str, Case] = {
    "script": _drawn("svg.script", "<script>alert(1)</script>"),
    "script-of-xlink": _drawn("svg.script", "<script xlink:href='a.js'/>"),
    "handler": _drawn("svg.handler", "", " onload='alert(1)'"),
    "animation": _drawn("svg.animation", "<set attributeName='href' to='javascript:alert(1)'/>"),
    "link": _drawn("svg.link", "<a xlink:href='javascript:alert(1)'><path d='M1 1'/></a>"),
    "image": _drawn("svg.external", "<image href='http://a.test/a.png'/>"),
    "use": _drawn("svg.external", "<use xlink:href='http://a.test/a.svg#b'/>"),
    "style": _drawn("svg.style", "<style>@import url(http://a.test);</style>"),
    "style-attribute": _drawn("svg.style", "<path d='M1 1' style='fill:url(http://a.test)'/>"),
    "presentation": _drawn("svg.style", "<path d='M1 1' filter='url(http://a.test#b)'/>"),
    "foreign": _drawn(
        "svg.foreign-object",
        "<foreignObject><iframe xmlns='http://www.w3.org/1999/xhtml' src='a'/></foreignObject>",
    ),
    "page": _drawn("svg.foreign-element", "<p xmlns='http://www.w3.org/1999/xhtml'/>"),
    "instruction": _drawn("svg.instruction", "", "", "<?xml-stylesheet href='//a.test/a.xsl'?>"),
    "unknown": _drawn("svg.other-element", "<handler/>"),
}
