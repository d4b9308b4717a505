"""Reasons that every format shares: text that is none, impossible dates, extracts of nothing."""

from schemas.reasons.kinds import attack, broken, habit

KINDS = (
    broken(
        "GEN-001",
        "the extract could not be read to its end, so that nothing of it is proven",
        "l'extrait n'a pas pu être lu jusqu'au bout : rien n'y est prouvé",
    ),
    broken("GEN-002", "no record was read", "aucun enregistrement n'a été lu"),
    broken(
        "GEN-003",
        "bytes that are no text in the declared encoding",
        "des octets qui ne sont pas du texte dans l'encodage déclaré",
    ),
    broken(
        "GEN-004", "a control character or zero byte", "un caractère de contrôle ou un octet nul"
    ),
    attack(
        "GEN-005",
        "a character that reverses the direction of text",
        "un caractère qui inverse le sens du texte",
    ),
    habit(
        "GEN-006",
        "a replacement character: something was lost in an old conversion",
        "un caractère de remplacement : une ancienne conversion a perdu quelque chose",
    ),
    habit(
        "GEN-007",
        "letters that were encoded twice",
        "des lettres encodées deux fois",
    ),
    broken(
        "GEN-008", "a date or time that does not exist", "une date ou une heure qui n'existe pas"
    ),
    broken(
        "GEN-009",
        "a date after the day of the extract, or before 1850",
        "une date postérieure au jour de l'extrait, ou antérieure à 1850",
    ),
    broken(
        "GEN-010",
        "the end comes before the beginning",
        "la fin précède le début",
    ),
    broken(
        "GEN-011",
        "a record larger, deeper or longer than may be read",
        "un enregistrement plus grand, plus profond ou plus long que permis",
    ),
    broken(
        "GEN-012",
        "content that looks encrypted or random inside of a text",
        "un contenu d'apparence chiffrée ou aléatoire au milieu d'un texte",
    ),
    habit(
        "GEN-014",
        "an event dated after the day of the extract",
        "un événement daté d'après le jour de l'extrait",
    ),
    attack(
        "GEN-015",
        "a program or script hidden in an attachment",
        "un programme ou un script caché dans une pièce jointe",
    ),
    broken("GEN-016", "an attachment that does not decode", "une pièce jointe indécodable"),
    habit(
        "GEN-017",
        "an attachment that is not of its declared type",
        "une pièce jointe qui n'est pas du type déclaré",
    ),
    habit(
        "GEN-013",
        "checked by one validator only: the official definitions are not installed",
        "vérifié par un seul validateur : les définitions officielles ne sont pas installées",
    ),
    attack(
        "GEN-018",
        "a script, an event handler, a frame or a document type in a text for reading",
        "un script, un gestionnaire d'événement, un cadre ou un DOCTYPE dans un texte à lire",
    ),
    attack(
        "GEN-019",
        "a link that runs something or reaches into a machine (javascript, file, data)",
        "un lien qui exécute quelque chose ou vise une machine (javascript, file, data)",
    ),
    habit(
        "GEN-020",
        "a text that begins like a formula; whoever makes a table of it has to escape it",
        "un texte qui commence comme une formule ; à neutraliser s'il va dans un tableau",
    ),
    broken("GEN-021", "mark-up that is not well formed", "un balisage mal formé"),
    habit(
        "GEN-022",
        "mark-up that the standard does not allow in a text for reading",
        "un balisage que la norme ne permet pas dans un texte à lire",
    ),
    habit(
        "GEN-023",
        "an invisible character, as copies from web pages bring along",
        "un caractère invisible, comme en apportent les copies de pages web",
    ),
    habit(
        "GEN-024",
        "a picture or style that is fetched from elsewhere whenever the text is shown",
        "une image ou un style cherché ailleurs à chaque affichage du texte",
    ),
)
