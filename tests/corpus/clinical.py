"""Builds clinical documents in XML of invented patients, whole or spoiled in one place."""

CDA = """<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
<id root="1.2.250.1.999.1" extension="D1"/>
<code code="34133-9" codeSystem="2.16.840.1.113883.6.1"/>
<title>Lettre</title>
<effectiveTime value="20260312080000+0100"/>
<recordTarget><patientRole>
<id root="1.2.250.1.213.1.4.8" extension="262087503203977"/>
<patient><name><family>DURAND</family></name><birthTime value="19610714"/></patient>
</patientRole></recordTarget>
<author><time value="20260312"/><assignedAuthor>
<id root="1.2.250.1.71.4.2.1" extension="801234567897"/></assignedAuthor></author>
<component><structuredBody><component><section>
<text>Bonjour <linkHtml href="https://hopital.example/x">lien</linkHtml></text>
<entry><act><effectiveTime><low value="20260301"/><high value="20260305"/></effectiveTime></act>
</entry></section></component></structuredBody></component>
</ClinicalDocument>
"""
ATTACHED = """<component><nonXMLBody>
<text mediaType="application/pdf" representation="B64">{}</text>
</nonXMLBody></component>"""
KMEHR = """<?xml version="1.0" encoding="UTF-8"?>
<kmehrmessage xmlns="http://www.ehealth.fgov.be/standards/kmehr/schema/v1">
<header><standard><cd S="CD-STANDARD" SV="1.43">20250401</cd></standard>
<date>2026-03-12</date></header>
<folder><id S="ID-KMEHR" SV="1.0">1</id>
<patient><id S="ID-PATIENT" SV="1.0">85073003328</id><firstname>Camille</firstname>
<birthdate><date>1985-07-30</date></birthdate></patient>
<transaction><item><cd S="CD-DRUG-CNK" SV="1">0039347</cd>
<beginmoment><date>2026-03-01</date></beginmoment><endmoment><date>2026-03-05</date></endmoment>
</item></transaction></folder></kmehrmessage>
"""


def cda(old="", new=""):
    """A document with one part replaced."""
    assert old in CDA
    return CDA.replace(old, new, 1).encode()


def kmehr(old="", new=""):
    """A message with one part replaced."""
    assert old in KMEHR
    return KMEHR.replace(old, new, 1).encode()
