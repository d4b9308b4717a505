"""Scripts by their first statement, where an interpreter begins to read: behind remarks.

A handbook that quotes a command on its second line is prose; a file that begins with one was
written for an interpreter. Only statements that no sentence begins with are in the tables.
"""

import re

from formats.families import Family, Kind

SHELL = Kind("text/x-shellscript", Family.SCRIPT)
POWERSHELL = Kind("text/x-powershell", Family.SCRIPT)
VBSCRIPT = Kind("text/vbscript", Family.SCRIPT)
JSCRIPT = Kind("text/javascript", Family.SCRIPT)
BATCH = Kind("text/x-msdos-batch", Family.SCRIPT)
_PYTHON = Kind("text/x-python", Family.SCRIPT)
_PERL = Kind("text/x-perl", Family.SCRIPT)

# Remarks of all these languages; a block of them ends, or it is none.
_REMARKS = re.compile(
    rb"(?:\s*+(?:(?:#(?!!)|;|//|'|::|rem\b|--)[^\n]{0,400}+(?:\n|\Z)"
    rb"|<#(?>.{0,8000}?#>)|/\*(?>.{0,8000}?\*/)))*+\s*+",
    re.DOTALL,
)
_LOOK = 16_384


def _starts(*alternatives: bytes) -> re.Pattern[bytes]:
    return re.compile(b"|".join(alternatives))


_STATEMENTS: tuple[tuple[re.Pattern[bytes], Kind], ...] = (
    (
        _starts(
            rb"(?:powershell|pwsh)(?:\.exe)?[ \t]+[-/]|iex[ \t]*[($]|invoke-expression\b",
            rb"(?:invoke|start|stop|set|new|get|import|export|add|remove|write|out|copy|move|enable"
            rb"|disable|register|install|uninstall|clear|restart|convertto|convertfrom)-"
            rb"(?:webrequest|restmethod|command|process|executionpolicy|object|module|type|host"
            rb"|output|item(?:property)?|childitem|content|service|scheduled\w+|mppreference|job"
            rb"|wmi\w+|cim\w+|computer|net\w+|ad\w+|string|file|csv|json|location|variable|date"
            rb"|winevent|eventlog|localuser|strictmode|bitstransfer|acl|mailbox\w*)\b",
            rb"\$[a-z_][\w:]{0,60}[ \t]*=(?!=)",
            rb"function[ \t]+[a-z][\w:-]{0,60}[ \t]*(?:\([^)\n]{0,200}\))?\s{0,8}\{",
            rb"param[ \t]*\(\s*(?:\[|\$)|\[cmdletbinding\(|using (?:namespace|module) [a-z]",
        ),
        POWERSHELL,
    ),
    (
        _starts(
            rb"@?echo off\b|@echo\b|@?setlocal\b|@set |@?cmd(?:\.exe)? /[ck]\b|@?cd /d ",
            rb"@?start[ \t]+(?:/\w|\"\"|[\w:\\%.-]{1,80}\.(?:exe|bat|cmd|vbs)\b)",
            rb"@?net1?(?:\.exe)?[ \t]+(?:user|localgroup|group|stop|use|share)[ \t]+[^\n]{0,120}"
            rb"(?:/\w|\\\\|\")",
            rb"@?(?:del|erase|rmdir|rd|copy|xcopy|robocopy|move|attrib|icacls|reg|sc|taskkill"
            rb"|schtasks|vssadmin|wmic|bcdedit|wbadmin|cipher|fsutil|netsh|certutil|bitsadmin"
            rb"|regsvr32|rundll32|mshta|[cw]script|msiexec)(?:\.exe)?[ \t]+[^\n]{0,200}?"
            rb"(?:[ \t]/[a-z]{1,12}\b|[a-z]:\\|\\\\|%\w{2,30}%|\.exe\b)",
        ),
        BATCH,
    ),
    (
        _starts(
            rb"(?:dim[ \t]+\w{1,60}(?:[ \t]*,[ \t]*\w{1,60})*[ \t]*\r?\n\s*)+"
            rb"(?:set[ \t]+)?\w+[ \t]*=",
            rb"set[ \t]+\w{1,60}[ \t]*=[ \t]*(?:wscript\.)?createobject[ \t]*\(",
            rb"execute(?:global)?[ \t]*\([ \t]*[\"\w]",
        ),
        VBSCRIPT,
    ),
    (
        _starts(
            rb"(?:var|let|const)[ \t]+[a-z_$][\w$]{0,60}[ \t]*=(?!=)",
            rb"[(!;]{1,2}(?:async )?function[ \t]*\w{0,60}[ \t]*\(|[\"']use strict[\"']",
            rb"function[ \t]+[a-z_$][\w$]{0,60}[ \t]*\([^)\n]{0,200}\)\s{0,8}\{",
        ),
        JSCRIPT,
    ),
    (
        _starts(
            rb"import (?:os|sys|re|subprocess|socket|ctypes|base64|json|time|shutil|requests|urllib"
            rb"|random|threading|platform|zlib|struct|logging|argparse|numpy|pandas)\b[^\n]{0,200}"
            rb"(?:\n|\Z)",
            rb"from [\w.]{1,80} import [\w*(]",
        ),
        _PYTHON,
    ),
    (_starts(rb"use (?:strict|warnings|v?5)\b[^\n]{0,80};", rb"my[ \t]+[$@%]\w"), _PERL),
    (
        _starts(
            rb"set -[eux]|export [a-z_]\w{0,60}=|sudo [a-z/]|rm -r?f |chmod (?:\+x|[0-7]{3,4}) ",
            rb"(?:curl|wget) [^\n]{1,300}\|[ \t]*(?:sudo )?(?:ba|z|da|k)?sh\b",
        ),
        SHELL,
    ),
)

_SHORTCUT = Kind("application/x-mswinurl", Family.LAUNCHER)
_FOLDER = Kind("application/x-windows-desktop-ini", Family.LAUNCHER)
_AUTORUN = Kind("application/x-windows-autorun", Family.LAUNCHER)
_DESKTOP = Kind("application/x-desktop", Family.LAUNCHER)
_SETUP = Kind("application/x-setupscript", Family.LAUNCHER)
_SCF = Kind("application/x-windows-scf", Family.LAUNCHER)
_REMOTE_DESKTOP = Kind("application/x-rdp", Family.LAUNCHER)
_DATA_LINK = Kind("application/x-data-link", Family.LAUNCHER)

# Sections that a shell acts upon, in whatever place of the file they stand.
_SECTIONS: tuple[tuple[re.Pattern[bytes], Kind], ...] = tuple(
    (re.compile(rb"^[ \t]*" + pattern, re.MULTILINE), kind)
    for pattern, kind in (
        (rb"\[internetshortcut(?:\.[aw])?\]", _SHORTCUT),
        (rb"\[\.shellclassinfo\]", _FOLDER),
        (rb"\[autorun(?:\.\w{1,20})?\]", _AUTORUN),
        (rb"\[desktop entry\]", _DESKTOP),
        (rb"\[shell\]\s*(?:command|iconfile)[ \t]*=", _SCF),
        (rb"\[version\]\s*(?:[;\w][^\n]{0,200}\n\s*){0,8}?signature[ \t]*=", _SETUP),
        (rb"\[oledb\]", _DATA_LINK),
    )
)
_REMOTE = re.compile(
    rb"(?:screen mode id|full address|desktopwidth|session bpp|use multimon|audiomode"
    rb"|alternate shell|remoteapplication\w{1,20}):[isb]:"
)


def kind_of_statement(start: bytes) -> Kind | None:
    """Return the script or launcher that a text is, from its beginning in lower case."""
    begin = _end_of_remarks(start)
    code = start[begin : begin + _LOOK]
    if code.startswith(b"["):
        return _of_sections(code)
    if _REMOTE.match(code):
        return _REMOTE_DESKTOP
    return next((kind for pattern, kind in _STATEMENTS if pattern.match(code)), None)


def _end_of_remarks(start: bytes) -> int:
    found = _REMARKS.match(start)
    return found.end() if found else 0


def _of_sections(code: bytes) -> Kind | None:
    return next((kind for pattern, kind in _SECTIONS if pattern.search(code)), None)
