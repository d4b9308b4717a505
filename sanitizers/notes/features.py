"""Nine features of ransom notes, in English, French and Dutch, over plain words.

A note speaks to its victim ("your files"), says what was done, and how to pay or to answer. Each
feature alone is common: manuals of encryption have some, warnings against ransomware have more,
and only a note has an address at which the attacker waits.
"""

import re
from enum import Enum, unique


@unique
class Feature(Enum):
    """What a sentence of a note does."""

    LOCKED = "says that files are encrypted"
    UNLOCK = "speaks of decrypting"
    PAY = "asks for money"
    HIDDEN = "names a hidden service"
    REPLY = "gives an address to answer to"
    THREAT = "threatens, or sets a deadline"
    WARN = "warns against helping oneself"
    IDENTITY = "gives the victim a number"
    YOURS = "speaks of the victim's files"


# Alternatives, one a line; `~` stands for the edge of a word.
_ALTERNATIVES: dict[Feature, str] = {
    Feature.LOCKED: r"""
        ~(?:en)?crypted~
        ~encrypt(?:ion|s)?~
        ~locked~
        ~chiffre(?:e?s?)~
        ~cryptee?s?~
        ~versleutel
        ~gecodeerd~
    """,
    Feature.UNLOCK: r"""
        ~decrypt
        ~dechiffr
        ~ontsleutel
        ~ontcijfer
        ~unlock(?:er|ing)?~
        ~(?:restore|recover|return|get back) (?:all )?(?:of )?your (?:files|data|network)
        ~recuperer vos
        ~herstel(?:len)? (?:van )?(?:uw|je)~
        ~uw bestanden (?:te )?herstel
    """,
    Feature.PAY: r"""
        ~bitcoins?~
        ~btc~
        ~monero~
        ~xmr~
        ~ransom~
        ~losgeld~
        ~rancon~
        ~crypto ?(?:currency|monnaie|valuta)
        ~pay(?:ment)? (?:us|for|the|in|of|is)~
        ~(?:must|have to|need to|will|should) pay~
        ~betaal
        ~betalen~
        ~payez~
        ~price (?:for|of|depends)
    """,
    Feature.HIDDEN: r"""
        ~tor[ -]?browser
        ~torproject~
        ~tor network~
        ~navigateur tor~
        ~tor-netwerk~
        ~i2p~
        \.onion~
    """,
    Feature.REPLY: r"""
        @(?:proton(?:mail)?|onionmail|tuta(?:nota|mail)?|cock|airmail|mailfence|cyberfear)\.
        @(?:keemail|privatemail|firemail|mail2tor|msgsafe|criptext|rambler|yandex|secmail)\.
        @(?:dnmx|zohomail|skiff|ctemplar|disroot|morke|techmail|aol|gmx|inbox)\.
        ~q?tox(?: ?id)?~
        ~session(?: messenger| ?id)~
        ~t\.me/
        ~telegram~
        ~jabber~
        ~icq~
        ~(?:contact|write(?: to)?|e-?mail) us~[^@]{0,120}@[a-z0-9.-]+\.[a-z]
        ~(?:contactez|ecrivez)[- ]nous~[^@]{0,120}@[a-z0-9.-]+\.[a-z]
        ~neem contact~[^@]{0,120}@[a-z0-9.-]+\.[a-z]
        ~(?:contact|e-?mail)(?: \w+)? ?: ?[\w.+-]+@[a-z0-9.-]+\.[a-z]
    """,
    Feature.THREAT: r"""
        ~(?:24|36|48|72|96) ?(?:hours|heures|uur|h~)
        ~(?:within|in|dans|sous|binnen) (?:\d+|three|five|seven|trois|drie) (?:days|jours|dagen)~
        ~deadline~
        ~price will~
        ~prix sera~
        ~prijs (?:zal|wordt)~
        ~(?:will|be) (?:be )?(?:published?|leaked|sold|deleted forever|lost forever)
        ~(?:sera|seront) (?:publiee?s?|vendue?s?|divulgue)
        ~worden (?:gepubliceerd|gelekt|verkocht)
        ~gegevens gepubliceerd
        ~(?:publish|leak|sell) (?:all )?(?:your|the|this|it)~
        ~stolen~
        ~volees?~
        ~gestolen~
        ~exfiltrated~
    """,
    Feature.WARN: r"""
        ~(?:do not|don't|dont|never) (?:try|rename|modify|delete|move|use|shut|turn|edit|attempt)
        ~(?:do not|don't|dont|never) (?:contact|call|hire|go to|waste|restart|reboot|power)
        ~third[ -]?party
        ~recovery (?:software|compan|tool)
        ~ne (?:renommez|modifiez|supprimez|tentez|contactez|cherchez) pas
        ~n'(?:essayez|utilisez|eteignez|appelez) (?:pas|aucun)
        ~logiciels? (?:tiers|de recuperation)
        ~hernoem
        ~probeer niet
        ~niet proberen
        ~gebruik geen~
        ~van derden~
        ~verwijder (?:geen|niet)
    """,
    Feature.IDENTITY: r"""
        ~(?:personal|unique|decryption|client|company|victim) ?(?:id|key|identifier|code|pin)~
        ~(?:your|chat|login|user|machine|computer) ?(?:id|key|identifier|code|pin)~
        ~identifiant (?:personnel|unique)
        ~votre (?:identifiant|cle|code)~
        ~persoonlijke (?:id|sleutel|code)
        ~uw (?:id|sleutel|code)~
        ~id ?[:=#] ?[\w-]{4,}
        \[id[ -]
    """,
    Feature.YOURS: r"""
        ~your (?:\w+ ){0,2}(?:files?|data|documents|network|servers?|systems?|databases?)~
        ~your (?:\w+ ){0,2}(?:company|computers?|infrastructure|photos|backups)~
        ~all (?:of )?your~
        ~your files~
        ~vos (?:\w+ )?(?:fichiers|donnees|documents|serveurs|systemes|sauvegardes|bases)~
        ~votre (?:reseau|entreprise|societe|hopital|infrastructure|ordinateur|systeme)~
        ~(?:uw|je|jouw) (?:\w+ )?(?:bestanden|gegevens|netwerk|documenten|servers|systemen)~
        ~(?:uw|je|jouw) (?:\w+ )?(?:bedrijf|computer|ziekenhuis)~
    """,
}
_PATTERNS = {
    feature: re.compile(
        "|".join(lines.split("\n")[1:-1]).replace("~", r"\b").replace("        ", "")
    )
    for feature, lines in _ALTERNATIVES.items()
}
# Who advises against paying warns of attackers, and is none.
_ADVICE = re.compile(
    r"\bne payez (?:pas|jamais)\b|\bnever pay\b|\bdo not pay (?:the|any)\b|\bbetaal nooit\b"
    r"|\bbetaal geen\b|\bne (?:pas|jamais) payer\b|\bnot to pay\b"
)
# One of these stands in every note; a text without any costs a search each, and no more.
_STEMS = (
    b"crypt",
    b"chiffr",
    b"sleutel",
    b"locked",
    b"ransom",
    b"bitcoin",
    b".onion",
    b"gecodeerd",
)
_FIRST = (Feature.YOURS, Feature.LOCKED, Feature.UNLOCK)
_AT_LEAST = 5
NAMED_LEAST = 4


def may_be_a_note(lowered: bytes) -> bool:
    """Tell whether a text, in lower case, has any of the words that no note does without."""
    return any(stem in lowered for stem in _STEMS)


def features_of(words: str) -> frozenset[Feature]:
    """Return the features that plain words have; few of them where those make no note."""
    if _ADVICE.search(words):
        return frozenset()
    found = {feature for feature in _FIRST if _PATTERNS[feature].search(words)}
    if Feature.YOURS in found and len(found) > 1:
        rest = (feature for feature in Feature if feature not in _FIRST)
        found |= {feature for feature in rest if _PATTERNS[feature].search(words)}
    return frozenset(found)


def is_note(features: frozenset[Feature], *, least: int = _AT_LEAST) -> bool:
    """Tell whether features make a note: enough of them, said to the victim, with a way to pay."""
    told = Feature.YOURS in features and features & {Feature.LOCKED, Feature.UNLOCK}
    ways = features & {Feature.HIDDEN, Feature.REPLY, Feature.PAY}
    reached = features & {Feature.HIDDEN, Feature.REPLY}
    return bool(told and ways and len(features) >= least + (0 if reached else 2))
