"""Extensions, and how a name is cut into them as Windows does it, deceptions undone."""

import re

TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
DIRECTION_MARKS = re.compile("[\u200e\u200f\u061c]")
UNSEEN = re.compile("[\u200b-\u200d\u2060\ufeff\u00ad\u180e]")
# Spaces that are none to a program, and letters that a font draws as nothing.
ODD_SPACES = re.compile(
    "[\u00a0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000\u3164\u115f\u1160\uffa0]"
)
DOT_LOOKALIKES = re.compile("[\u2024\uff0e\ua4f8\u0701]")
_MOST_PARTS = 8


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


PROGRAMS = _words(
    """
    exe com scr pif cpl dll sys ocx drv msi msp mst msix appx bat cmd ps1 psm1 psd1 ps1xml vbs vbe
    js jse mjs cjs wsf wsh wsc hta lnk url scf inf reg jar class jnlp chm hlp gadget application msc
    xll wll ppam sct appref-ms library-ms search-ms searchconnector-ms settingcontent-ms theme
    themepack diagcab diagpkg iqy slk dqy oqy rqy odc rdp xla xlam ppa sh zsh fish ksh csh bash run
    elf so dylib command apk ipa deb rpm pkg dmg php php5 phtml asp aspx jsp jspx cgi py pyc pyw pl
    rb lua tcl vb vba one onetoc2 xbap wim website udl crx vsix pyz pyzw ws shb shs ins isp psc1 msu
    appimage scpt vxd
    """
)
# A shortcut to a document is called like the document, with its own extension behind.
SHORTCUTS = _words("lnk url website")
PAGES = _words("html htm xhtml shtml mht mhtml svg svgz xht xsl xslt")
PICTURES = _words("jpg jpeg jpe jfif png gif bmp dib tif tiff webp jp2 heic ico dcm dicom")
MEDIA = _words("mp4 m4v mov m4a mp3 wav avi mkv ogg flac wma wmv")
TEXTS = _words("txt csv tsv log json ndjson xml hl7 er7 hpr fhir md ini")
DOCUMENTS = _words(
    """
    doc docx docm dot dotx xls xlsx xlsm xlsb xlt xltx ppt pptx pptm pps ppsx odt ods odp odg pdf
    rtf dcm jpg jpeg png gif bmp tif tiff csv xml json ndjson hl7 zip sqlite db mdb accdb bak mdf
    ldf pst msg eml txt cda ccda hpr fhir dicom
    """
)
# What the owner's own tools append: sealed or packed on purpose, and without a mark to know it by.
SEALED = _words("gpg pgp asc age p7m p7s axx hc tc kdbx lzma br brotli zz")
KNOWN = DOCUMENTS | PROGRAMS | PAGES | SEALED
NOTE_NAME = re.compile(
    "(?i)de?crypt|d[eé]chiffr|restor|recover|unlock|read.?me|how.?to|ransom|ran[cç]on|herstel"
    "|ontsleutel|lisez.?moi|lees.?mij|instruct|warning|attention|!!|help|files|note|info"
)

# Letters of other scripts that are drawn like Latin ones (Unicode TS 39, the lower-case part).
_LOOKALIKES = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0445\u0443\u0456\u0458\u0455\u04bb\u0501\u051b\u051d\u043c"
    "\u0442\u03bf\u03c1\u03b1\u03bd\u03b9\u03ba\u0261\u0131",
    "aeopcxyijshdqwmtopavikgi",
)


def extensions(name: str) -> list[str]:
    """Return the extensions in lower case, the last ones of many, without what hides them."""
    visible = name.partition(":")[0]
    if not visible.isascii():
        visible = _undeceived(visible)
    spaced = visible.lower().rstrip(" .")
    return [part.strip() for part in spaced.split(".")[1:]][-_MOST_PARTS:]


def _undeceived(name: str) -> str:
    """Return a name without turns and unseen letters, with plain spaces and dots."""
    plain = DIRECTION_MARKS.sub("", UNSEEN.sub("", TURNING.sub("", name)))
    return DOT_LOOKALIKES.sub(".", ODD_SPACES.sub(" ", plain))


def last_extension(name: str) -> str:
    """Return the extension that a program goes by; empty without one."""
    parts = extensions(name)
    return parts[-1] if parts else ""


def latin_lookalike(extension: str) -> str:
    """Return the known extension that this one only looks like; empty when it is none."""
    if extension.isascii():
        return ""
    folded = extension.translate(_LOOKALIKES)
    wide = "".join(chr(ord(c) - 0xFEE0) if "\uff01" <= c <= "\uff5e" else c for c in folded)
    return wide if wide != extension and wide in KNOWN else ""
