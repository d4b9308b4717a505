"""Reasons about messages of HPRIM."""

from schemas.reasons.kinds import attack, broken, habit

KINDS = (
    broken(
        "HPR-001",
        "bytes that belong to no message",
        "des octets qui n'appartiennent à aucun message",
    ),
    broken(
        "HPR-002",
        "a header that does not declare five different separators",
        "un en-tête qui ne déclare pas cinq séparateurs différents",
    ),
    broken("HPR-003", "a line that is no segment", "une ligne qui n'est pas un segment"),
    broken(
        "HPR-004",
        "a message without its end (L): it was cut",
        "un message sans sa fin (L) : il a été coupé",
    ),
    broken(
        "HPR-005",
        "a count in the end of the message contradicts what was read (L)",
        "un total en fin de message contredit ce qui a été lu (L)",
    ),
    broken(
        "HPR-006", "a header without the kind of message", "un en-tête sans le contexte du message"
    ),
    broken(
        "HPR-007",
        "a segment without the patient or the order that it belongs to",
        "un segment sans le patient ou la demande dont il dépend",
    ),
    broken(
        "HPR-008",
        "a patient without any name or number, or a result without its test",
        "un patient sans nom ni numéro, ou un résultat sans son examen",
    ),
    habit(
        "HPR-009",
        "a rank that jumps: lines may be missing",
        "un rang qui saute : des lignes peuvent manquer",
    ),
    habit(
        "HPR-010",
        "a code that the recommendation does not list",
        "un code absent de la recommandation",
    ),
    habit(
        "HPR-011",
        "a date written in a way of its own",
        "une date écrite à sa façon",
    ),
    habit(
        "HPR-012",
        "a message marked as a test",
        "un message marqué comme test",
    ),
    habit("HPR-013", "mark-up inside of a text", "du balisage dans un texte"),
    habit(
        "HPR-014",
        "a segment that is not known here",
        "un segment inconnu ici",
    ),
    habit(
        "HPR-015",
        "a number that is none",
        "un nombre qui n'en est pas un",
    ),
    attack(
        "HPR-016",
        "a pointer to a path or an address instead of the name of a file beside",
        "un pointeur vers un chemin ou une adresse au lieu du nom d'un fichier joint",
    ),
)
