"""Reasons about clinical documents in XML."""

from schemas.reasons.kinds import attack, broken, habit

KINDS = (
    broken("XML-001", "XML that is not well-formed, or is cut", "du XML mal formé, ou coupé"),
    attack(
        "XML-002",
        "a document type: it could make any other text of this one",
        "une déclaration DOCTYPE : elle pourrait changer tout le texte",
    ),
    broken(
        "XML-003",
        "an encoding that other programs read differently",
        "un encodage que d'autres logiciels lisent autrement",
    ),
    attack(
        "XML-004",
        "a style sheet or inclusion from elsewhere",
        "une feuille de style ou une inclusion venue d'ailleurs",
    ),
    habit(
        "XML-005",
        "a style sheet beside or around the document (auto-presentable)",
        "une feuille de style jointe au document, ou qui l'entoure (auto-présentable)",
    ),
    habit(
        "XML-006",
        "a document that the official XML schema refuses",
        "un document refusé par le schéma XML officiel",
    ),
    broken(
        "XML-007", "a document of no patient, or of two", "un document sans patient, ou de deux"
    ),
    broken(
        "XML-008",
        "a part is missing that every such document has",
        "une partie manque que tout document de ce type possède",
    ),
    habit(
        "XML-009",
        "a reference to an image or section that is not in the document",
        "une référence vers une image ou une section absente du document",
    ),
    habit(
        "XML-010",
        "the content lies outside of the document",
        "le contenu se trouve hors du document",
    ),
    habit(
        "XML-011",
        "a date that exists, with a time written in a way of its own",
        "une date qui existe, avec une heure écrite à sa façon",
    ),
)
