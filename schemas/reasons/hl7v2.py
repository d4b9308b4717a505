"""Reasons about HL7 v2 messages."""

from schemas.reasons.kinds import attack, broken, habit

KINDS = (
    broken(
        "HL7-001",
        "bytes that belong to no message",
        "des octets qui n'appartiennent à aucun message",
    ),
    broken(
        "HL7-002",
        "separators that are missing, equal or alphanumeric (MSH-1, MSH-2)",
        "des séparateurs absents, égaux ou alphanumériques (MSH-1, MSH-2)",
    ),
    broken("HL7-003", "a segment without a proper name", "un segment sans nom valable"),
    broken("HL7-004", "the message is cut", "le message est coupé"),
    broken(
        "HL7-005",
        "two messages grown together: a second header inside of one",
        "deux messages soudés : un second en-tête à l'intérieur",
    ),
    broken(
        "HL7-006",
        "message type, control id, processing id or version is missing (MSH-9 to MSH-12)",
        "type, identifiant, mode ou version absents (MSH-9 à MSH-12)",
    ),
    broken(
        "HL7-007",
        "a count in a trailer contradicts what was read (BTS-1, FTS-1)",
        "un total de fin contredit ce qui a été lu (BTS-1, FTS-1)",
    ),
    broken(
        "HL7-008",
        "a batch or file without its trailer: it was cut",
        "un lot ou un fichier sans sa fin : il a été coupé",
    ),
    broken(
        "HL7-009",
        "two patients in one message (PID twice)",
        "deux patients dans un même message (PID deux fois)",
    ),
    broken(
        "HL7-010",
        "a segment that this kind of message needs is missing",
        "un segment nécessaire à ce type de message manque",
    ),
    broken(
        "HL7-011",
        "a field that this kind of message needs is empty",
        "un champ nécessaire à ce type de message est vide",
    ),
    habit(
        "HL7-013",
        "an escape sequence that does not end, or is none",
        "une séquence d'échappement inachevée ou inconnue",
    ),
    attack(
        "HL7-015",
        "a pointer to a file or share instead of content",
        "un pointeur vers un fichier ou un partage au lieu du contenu",
    ),
    broken(
        "HL7-017",
        "the same control id with different content",
        "le même identifiant de message avec un contenu différent",
    ),
    broken(
        "HL7-018",
        "framing bytes inside of a message",
        "des octets de tramage à l'intérieur d'un message",
    ),
    habit(
        "HL7-020", "lines end with LF instead of CR", "les lignes finissent par LF au lieu de CR"
    ),
    habit(
        "HL7-021",
        "a segment that this profile does not know",
        "un segment inconnu de ce profil",
    ),
    habit(
        "HL7-022",
        "a kind of message without a profile here: its structure was not checked",
        "un type de message sans profil : sa structure n'a pas été vérifiée",
    ),
    habit(
        "HL7-023",
        "a version beyond those of the profiles",
        "une version au-delà de celles des profils",
    ),
    habit(
        "HL7-024",
        "a message marked as a test or for training (MSH-11)",
        "un message marqué comme test ou formation (MSH-11)",
    ),
    habit(
        "HL7-025",
        "a code that the standard's table does not list",
        "un code absent de la table de la norme",
    ),
    habit("HL7-026", "the same message again", "le même message répété"),
    habit(
        "HL7-027",
        "segments in an order that the profile does not know",
        "des segments dans un ordre inconnu du profil",
    ),
    habit(
        "HL7-028",
        "a part that the standard asks for and many systems leave out",
        "une partie exigée par la norme, souvent omise en pratique",
    ),
    habit("HL7-029", "mark-up inside of a text", "du balisage dans un texte"),
    habit(
        "HL7-030",
        "an event before the one that it needs",
        "un événement avant celui dont il dépend",
    ),
    habit(
        "HL7-031",
        "a date or time written in a way of its own",
        "une date ou une heure écrite à sa façon",
    ),
    habit(
        "HL7-032",
        "a value that does not fit its declared type (OBX-2)",
        "une valeur qui ne convient pas à son type déclaré (OBX-2)",
    ),
    habit(
        "HL7-033",
        "letters beyond ASCII without a declared character set (MSH-18)",
        "des lettres hors ASCII sans jeu de caractères déclaré (MSH-18)",
    ),
    habit(
        "HL7-034",
        "a LOINC code whose check digit does not fit, among codes that a system made up",
        "un code LOINC dont la clé est fausse, parmi les codes propres à un système",
    ),
    attack(
        "HL7-035",
        "a segment hidden in escape sequences",
        "un segment caché dans des séquences d'échappement",
    ),
    broken(
        "HL7-036",
        "messages outside of the batches of their file: no count covers them",
        "des messages hors des lots de leur fichier : aucun total ne les couvre",
    ),
    habit(
        "HL7-037",
        "a frame without a return at its end: behind its last mark, or before it",
        "un tramage sans retour chariot à sa fin : après sa dernière marque, ou avant",
    ),
)
