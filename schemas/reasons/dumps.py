"""Reasons about rows of database dumps."""

from schemas.reasons.kinds import broken, habit

KINDS = (
    broken(
        "DMP-001",
        "a row has more or fewer values than its table has columns",
        "une ligne a plus ou moins de valeurs que sa table n'a de colonnes",
    ),
    broken(
        "DMP-002",
        "a value that its column cannot hold",
        "une valeur que sa colonne ne peut pas contenir",
    ),
    broken(
        "DMP-003",
        "no value where the column demands one",
        "aucune valeur là où la colonne en exige une",
    ),
    broken(
        "DMP-004",
        "a row whose key another row has already",
        "une ligne dont la clé est déjà celle d'une autre",
    ),
    broken(
        "DMP-005",
        "an escape that no dumping program writes",
        "un échappement qu'aucun programme de sauvegarde n'écrit",
    ),
    habit(
        "DMP-006",
        "a date of zeros, which stands for none",
        "une date faite de zéros, qui tient lieu d'absence",
    ),
    broken(
        "DMP-007",
        "the dump does not end as its program ends one: rows may be missing",
        "le fichier ne finit pas comme son programme le finit : des lignes peuvent manquer",
    ),
    broken(
        "DMP-008",
        "rows that are computed, not written out",
        "des lignes calculées au lieu d'être écrites",
    ),
    habit(
        "DMP-009",
        "rows of a table that the dump does not define: only their number of values is checked",
        "des lignes d'une table que le fichier ne définit pas : seul leur nombre de valeurs est"
        " vérifié",
    ),
    habit(
        "DMP-010",
        "more rows than keys are remembered of: later ones may stand twice",
        "plus de lignes que de clés retenues : les suivantes peuvent être en double",
    ),
)
