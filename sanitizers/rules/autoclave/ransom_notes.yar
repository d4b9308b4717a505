// Nine features of ransom notes, in English, French and Dutch, in one byte and two byte texts.
// A note speaks to its victim ("your files"), says what was done, and how to pay or to answer.
// Each feature alone is common; licences, manuals and reports have some, never most of them.

private rule note_text
{
    meta:
        author = "Autoclave"
    condition:
        filesize > 80 and filesize < 128KB and uint16(0) != 0x5A4D and uint32(0) != 0x464C457F
}

rule ransom_note
{
    meta:
        description = "The text of a ransom note: most of nine features, said to the victim"
        author = "Autoclave"
        license = "Apache-2.0"
        date = "2026-10-01"
        kind = "ransom-note"
        score = 80
    strings:
        $locked_1 = "encrypted" ascii wide nocase
        $locked_2 = "chiffr\xc3\xa9" ascii nocase
        $locked_3 = "chiffr\xe9" ascii wide nocase
        $locked_4 = "crypt\xc3\xa9s" ascii nocase
        $locked_5 = "crypt\xe9s" ascii wide nocase
        $locked_6 = "versleuteld" ascii wide nocase
        $unlock_1 = "decrypt" ascii wide nocase
        $unlock_2 = "d\xc3\xa9chiffr" ascii nocase
        $unlock_3 = "d\xe9chiffr" ascii wide nocase
        $unlock_4 = "d\xc3\xa9crypt" ascii nocase
        $unlock_5 = "d\xe9crypt" ascii wide nocase
        $unlock_6 = "ontsleutel" ascii wide nocase
        $unlock_7 = "restore your files" ascii wide nocase
        $pay_1 = "bitcoin" ascii wide nocase
        $pay_2 = "monero" ascii wide nocase fullword
        $pay_3 = "BTC" ascii wide fullword
        $pay_4 = "pay the ransom" ascii wide nocase
        $pay_5 = "losgeld" ascii wide nocase
        $pay_6 = "ran\xc3\xa7on" ascii nocase
        $pay_7 = "ran\xe7on" ascii wide nocase
        $pay_8 = "ransom" ascii wide nocase fullword
        $hidden_1 = ".onion" ascii wide nocase fullword
        $hidden_2 = "tor browser" ascii wide nocase
        $hidden_3 = "torproject.org" ascii wide nocase
        $reply_1 = "@protonmail" ascii wide nocase
        $reply_2 = "@proton.me" ascii wide nocase
        $reply_3 = "@onionmail" ascii wide nocase
        $reply_4 = "@tuta" ascii wide nocase
        $reply_5 = "@cock.li" ascii wide nocase
        $reply_6 = "qtox" ascii wide nocase fullword
        $reply_7 = "tox id" ascii wide nocase fullword
        $reply_8 = "@airmail.cc" ascii wide nocase
        $reply_9 = "@mailfence" ascii wide nocase
        $threat_1 = "will be published" ascii wide nocase
        $threat_2 = "will be leaked" ascii wide nocase
        $threat_3 = "stolen" ascii wide nocase fullword
        $threat_4 = "exfiltrated" ascii wide nocase
        $threat_5 = "price will" ascii wide nocase
        $threat_6 = "72 hours" ascii wide nocase
        $threat_7 = "48 hours" ascii wide nocase
        $threat_8 = "seront publi" ascii wide nocase
        $threat_9 = "72 heures" ascii wide nocase
        $threat_10 = "48 heures" ascii wide nocase
        $threat_11 = "gestolen" ascii wide nocase
        $threat_12 = "72 uur" ascii wide nocase
        $threat_13 = "48 uur" ascii wide nocase
        $threat_14 = "publish your" ascii wide nocase
        $warn_1 = "do not rename" ascii wide nocase
        $warn_2 = "don't rename" ascii wide nocase
        $warn_3 = "do not modify" ascii wide nocase
        $warn_4 = "do not try to" ascii wide nocase
        $warn_5 = "third party software" ascii wide nocase
        $warn_6 = "third-party software" ascii wide nocase
        $warn_7 = "recovery software" ascii wide nocase
        $warn_8 = "recovery compan" ascii wide nocase
        $warn_9 = "ne renommez pas" ascii wide nocase
        $warn_10 = "n'essayez pas de" ascii wide nocase
        $warn_11 = "ne tentez pas" ascii wide nocase
        $warn_12 = "logiciels tiers" ascii wide nocase
        $warn_13 = "hernoem" ascii wide nocase
        $warn_14 = "probeer niet" ascii wide nocase
        $id_1 = /(personal|unique|decryption|client|company|your) (id|key|identifier)\b/ ascii wide nocase
        $id_2 = "votre identifiant" ascii wide nocase
        $id_3 = "identifiant personnel" ascii wide nocase
        $id_4 = "persoonlijke id" ascii wide nocase
        $id_5 = "uw id" ascii wide nocase fullword
        $yours_1 = /\byour (important |personal |company |corporate )?(files|data|documents|network|servers|databases)\b/ ascii wide nocase
        $yours_2 = "vos fichiers" ascii wide nocase
        $yours_3 = "vos donn" ascii wide nocase
        $yours_4 = "votre r\xc3\xa9seau" ascii nocase
        $yours_5 = "votre r\xe9seau" ascii wide nocase
        $yours_6 = "uw bestanden" ascii wide nocase
        $yours_7 = "uw gegevens" ascii wide nocase
        $yours_8 = "uw netwerk" ascii wide nocase
        $fence = "```"
    condition:
        note_text and not $fence and
        any of ($yours_*) and
        any of ($locked_*, $unlock_*) and
        (any of ($pay_*, $hidden_*) or (any of ($reply_*) and any of ($warn_*))) and
        for 5 feature in (1..8) : (
            (feature == 1 and any of ($locked_*)) or
            (feature == 2 and any of ($unlock_*)) or
            (feature == 3 and any of ($pay_*)) or
            (feature == 4 and any of ($hidden_*)) or
            (feature == 5 and any of ($reply_*)) or
            (feature == 6 and any of ($threat_*)) or
            (feature == 7 and any of ($warn_*)) or
            (feature == 8 and any of ($id_*))
        )
}

rule ransom_note_by_name
{
    meta:
        description = "A text named like a ransom note that speaks of decrypting for money"
        author = "Autoclave"
        license = "Apache-2.0"
        date = "2026-10-01"
        kind = "ransom-note"
        score = 70
    strings:
        $locked_1 = "encrypted" ascii wide nocase
        $locked_2 = "chiffr\xc3\xa9" ascii nocase
        $locked_3 = "chiffr\xe9" ascii wide nocase
        $locked_4 = "versleuteld" ascii wide nocase
        $locked_5 = "decrypt" ascii wide nocase
        $pay_1 = "bitcoin" ascii wide nocase
        $pay_2 = "monero" ascii wide nocase fullword
        $pay_3 = "BTC" ascii wide fullword
        $pay_4 = "ransom" ascii wide nocase fullword
        $pay_5 = ".onion" ascii wide nocase fullword
        $pay_6 = "tor browser" ascii wide nocase
        $pay_7 = "@protonmail" ascii wide nocase
        $pay_8 = "@onionmail" ascii wide nocase
        $pay_9 = "@tuta" ascii wide nocase
        $pay_10 = "ran\xc3\xa7on" ascii nocase
        $pay_11 = "losgeld" ascii wide nocase
        $yours_1 = /\byour (important |personal |company )?(files|data|documents|network|servers)\b/ ascii wide nocase
        $yours_2 = "vos fichiers" ascii wide nocase
        $yours_3 = "vos donn" ascii wide nocase
        $yours_4 = "uw bestanden" ascii wide nocase
    condition:
        note_text and
        filename matches /(decrypt|restore|recover|unlock|readme|read_me|how.?to|ransom|d[e\xe9]chiffr|herstel|lisez.?moi|instructions?|warning)/i and
        filename matches /\.(txt|html?|hta|rtf|url|md)$/i and
        any of ($locked_*) and any of ($pay_*) and any of ($yours_*)
}
