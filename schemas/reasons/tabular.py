"""Reasons about rows of tables."""

from schemas.reasons.kinds import attack, broken, habit

KINDS = (
    broken(
        "TAB-001",
        "the heading is not that of the contract",
        "l'en-tête n'est pas celui du contrat",
    ),
    broken(
        "TAB-002",
        "a row with too few or too many fields",
        "une ligne avec trop ou trop peu de champs",
    ),
    broken("TAB-003", "a quotation mark that does not close", "un guillemet qui ne se ferme pas"),
    broken("TAB-004", "the last row is cut", "la dernière ligne est coupée"),
    attack(
        "TAB-005",
        "a text that a spreadsheet would run as a formula",
        "un texte qu'un tableur exécuterait comme une formule",
    ),
    broken("TAB-006", "a value is missing that must be there", "une valeur obligatoire manque"),
    broken(
        "TAB-007",
        "a value that is not of the column's type",
        "une valeur qui n'est pas du type de la colonne",
    ),
    broken(
        "TAB-008",
        "a value outside of the plausible range",
        "une valeur hors de l'intervalle plausible",
    ),
    broken("TAB-009", "a value that is not in the list", "une valeur absente de la liste"),
    broken(
        "TAB-010", "a value without the pattern of the column", "une valeur hors du motif prévu"
    ),
    broken(
        "TAB-011", "a value that is too long or too short", "une valeur trop longue ou trop courte"
    ),
    broken(
        "TAB-012",
        "the same key with different content",
        "la même clé avec un contenu différent",
    ),
    habit("TAB-013", "the same row again", "la même ligne répétée"),
    broken(
        "TAB-014", "columns of one row contradict each other", "des colonnes qui se contredisent"
    ),
    broken(
        "TAB-015",
        "a row that points at no row of the other table",
        "une ligne qui ne désigne aucune ligne de l'autre table",
    ),
    habit(
        "TAB-016",
        "events of one chain overlap or are out of order",
        "des événements d'une même chaîne se chevauchent ou sont en désordre",
    ),
    habit("TAB-017", "a blank row", "une ligne vide"),
    habit("TAB-019", "a value that is not in the list", "une valeur absente de la liste"),
    habit("TAB-020", "a byte order mark before the heading", "une marque d'ordre avant l'en-tête"),
    broken(
        "TAB-021",
        "a row beside garbled bytes: it cannot be told whether it is whole",
        "une ligne voisine d'octets abîmés : rien ne prouve qu'elle est entière",
    ),
    habit(
        "TAB-022",
        "too many rows to prove that their keys differ",
        "trop de lignes pour prouver que leurs clés diffèrent",
    ),
    broken(
        "TAB-023",
        "a line that is longer or shorter than its layout and its own counts say",
        "une ligne plus longue ou plus courte que ne le disent son format et ses propres totaux",
    ),
    broken(
        "TAB-024",
        "a group with more or fewer lines than they tell: lines are missing or were put in",
        "un groupe de plus ou de moins de lignes qu'elles ne le disent : il en manque, ou trop",
    ),
    broken(
        "TAB-025",
        "a row that tells another number of rows, or another sum, than the other table has",
        "une ligne qui annonce un autre nombre de lignes, ou une autre somme, que l'autre table",
    ),
    habit(
        "TAB-026",
        "pages without a checksum: a bit that was changed in them shows in no value",
        "des pages sans somme de contrôle : un bit modifié n'y apparaît dans aucune valeur",
    ),
)
