"""Reasons about FHIR resources."""

from schemas.reasons.kinds import broken, habit

KINDS = (
    broken(
        "FHIR-001", "a text that is not JSON, or is cut", "un texte qui n'est pas du JSON, ou coupé"
    ),
    broken(
        "FHIR-002",
        "a byte order mark or bytes behind the end",
        "une marque d'ordre, ou des octets après la fin",
    ),
    broken(
        "FHIR-003",
        "the same name twice in one object: two programs would read two patients",
        "le même nom deux fois dans un objet : deux logiciels liraient deux patients",
    ),
    broken(
        "FHIR-004",
        "an empty object, list or text, or a null where none may be",
        "un objet, une liste ou un texte vide, ou un null interdit",
    ),
    broken(
        "FHIR-005", "an id that FHIR does not allow", "un identifiant technique interdit par FHIR"
    ),
    broken(
        "FHIR-006",
        "a resource type that this version of FHIR does not have",
        "un type de ressource absent de cette version de FHIR",
    ),
    broken(
        "FHIR-007",
        "an element is missing that this resource must have",
        "un élément obligatoire de cette ressource manque",
    ),
    broken(
        "FHIR-008",
        "a choice of types that was made twice",
        "un choix de type fait deux fois",
    ),
    broken(
        "FHIR-009",
        "an element of another type than its name says",
        "un élément d'un autre type que ne le dit son nom",
    ),
    broken(
        "FHIR-010",
        "a reference that points at nothing that can be",
        "une référence qui ne peut rien désigner",
    ),
    broken(
        "FHIR-011",
        "a reference to a kind of resource that cannot stand there",
        "une référence vers un type de ressource impossible ici",
    ),
    habit(
        "FHIR-012",
        "a reference to a resource that is not in this extract",
        "une référence vers une ressource absente de cet extrait",
    ),
    broken(
        "FHIR-013",
        "the same resource id with different content",
        "le même identifiant de ressource avec un contenu différent",
    ),
    habit("FHIR-014", "the same resource again", "la même ressource répétée"),
    broken(
        "FHIR-015",
        "a code that the standard does not allow here",
        "un code que la norme ne permet pas ici",
    ),
    broken(
        "FHIR-016",
        "an extension with neither or both of value and extensions",
        "une extension sans valeur ni extensions, ou avec les deux",
    ),
    broken(
        "FHIR-017",
        "a Bundle that contradicts itself",
        "un Bundle qui se contredit",
    ),
    broken(
        "FHIR-018",
        "an attachment whose size or hash is not the declared one",
        "une pièce jointe dont la taille ou l'empreinte n'est pas celle déclarée",
    ),
    broken(
        "FHIR-019",
        "a resource that HL7's JSON schema refuses",
        "une ressource refusée par le schéma JSON de HL7",
    ),
    habit(
        "FHIR-020",
        "a resource in the shape of another version of FHIR",
        "une ressource à la forme d'une autre version de FHIR",
    ),
    broken(
        "FHIR-021",
        "a rule of the standard between elements is broken",
        "une règle de la norme entre éléments n'est pas respectée",
    ),
    broken(
        "FHIR-022",
        "one where there may be many, or many where there may be one",
        "un seul là où une liste est prévue, ou une liste là où un seul est permis",
    ),
    broken(
        "FHIR-023",
        "an element that the standard does not have here",
        "un élément que la norme ne connaît pas ici",
    ),
    broken(
        "FHIR-024",
        "a value that is not of the form of its type",
        "une valeur qui n'a pas la forme de son type",
    ),
    habit(
        "FHIR-025",
        "a code that a list of HL7 does not have in this version",
        "un code absent d'une liste de HL7 dans cette version",
    ),
    habit(
        "FHIR-026",
        "an entry of a Bundle without its address",
        "une entrée de Bundle sans son adresse",
    ),
    broken(
        "FHIR-027",
        "a reference into this record, to a part that is not there",
        "une référence interne vers une partie absente",
    ),
    broken(
        "FHIR-028",
        "XML that says more than FHIR does: text, attributes or elements that no reader shows",
        "du XML qui dit plus que FHIR : du texte, des attributs ou des éléments qu'aucun lecteur ne"
        " montre",
    ),
    habit(
        "FHIR-029", "XML in another encoding than UTF-8", "du XML dans un autre encodage qu'UTF-8"
    ),
    broken(
        "FHIR-030",
        "elements of XML in another order than the standard's",
        "des éléments XML dans un autre ordre que celui de la norme",
    ),
    habit(
        "FHIR-031",
        "a system that names no system: a name of its own, or the address of a list of codes",
        "un système qui n'en désigne aucun : un nom local, ou l'adresse d'une liste de codes",
    ),
    broken(
        "FHIR-032",
        "a whole number so large that two programs read two different ones",
        "un nombre entier si grand que deux logiciels en liraient deux différents",
    ),
)
