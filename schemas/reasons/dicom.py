"""Reasons about DICOM files."""

from schemas.reasons.kinds import attack, broken, habit

KINDS = (
    broken(
        "DCM-001",
        "the file is cut: an element goes on beyond its end",
        "le fichier est coupé : un élément dépasse la fin",
    ),
    broken(
        "DCM-002",
        "bytes that are no DICOM elements, or not in their order",
        "des octets qui ne sont pas des éléments DICOM, ou en désordre",
    ),
    attack(
        "DCM-003",
        "a program, script, archive or document before the image (preamble)",
        "un programme, un script, une archive ou un document avant l'image (préambule)",
    ),
    habit(
        "DCM-004",
        "a preamble that makes a TIFF image of the file too",
        "un préambule qui fait aussi du fichier une image TIFF",
    ),
    habit("DCM-005", "stray bytes in the preamble", "des octets égarés dans le préambule"),
    habit(
        "DCM-006",
        "no preamble: the file begins with its first element",
        "pas de préambule : le fichier commence par son premier élément",
    ),
    broken(
        "DCM-007",
        "an identifier of image, series or study is empty, or nothing follows the head",
        "un identifiant d'image, de série ou d'examen est vide, ou rien ne suit l'en-tête",
    ),
    habit(
        "DCM-008",
        "an element is missing that such files have",
        "un élément habituel de ces fichiers manque",
    ),
    broken("DCM-009", "a UID that is none", "un UID qui n'en est pas un"),
    broken(
        "DCM-010",
        "the file's head names another image than the file holds",
        "l'en-tête nomme une autre image que celle du fichier",
    ),
    broken(
        "DCM-011",
        "fewer pixels than rows, columns and frames say",
        "moins de pixels que ne le disent lignes, colonnes et images",
    ),
    habit(
        "DCM-012",
        "more pixel bytes than rows, columns and frames say",
        "plus d'octets de pixels que ne le disent lignes, colonnes et images",
    ),
    attack(
        "DCM-013",
        "a directory that points out of its own medium",
        "un répertoire qui désigne des fichiers hors de son support",
    ),
    habit(
        "DCM-014",
        "mark-up inside of a name or description",
        "du balisage dans un nom ou une description",
    ),
    habit(
        "DCM-015",
        "a date written with dots, as before 1993",
        "une date écrite avec des points, comme avant 1993",
    ),
    habit(
        "DCM-016",
        "a value of an odd length, as old devices write it",
        "une valeur de longueur impaire, comme en écrivent d'anciens appareils",
    ),
    habit(
        "DCM-017",
        "private elements that name no owner",
        "des éléments privés dont le propriétaire n'est pas nommé",
    ),
    broken(
        "DCM-018",
        "pixels in another form than the file says: readers would show two images",
        "des pixels sous une autre forme que celle annoncée : deux lecteurs verraient deux images",
    ),
    habit(
        "DCM-019",
        "fewer images than their series or study tells: so many are missing",
        "moins d'images que n'en annonce leur série ou leur examen : il en manque autant",
    ),
    habit(
        "DCM-020",
        "numbers in a series that no image has: so many may be missing",
        "des numéros de série qu'aucune image ne porte : il en manque peut-être autant",
    ),
    habit(
        "DCM-021",
        "a directory (DICOMDIR) names images that are not there",
        "un répertoire (DICOMDIR) désigne des images absentes",
    ),
)
