"""The words of the recovery report that the certificate does not have, in French and in English."""

RECOVERY_ENGLISH: dict[str, str] = {
    "report": "Recovery report",
    "made": "Made at",
    "cause": "Cause",
    "cause_attack": "An attack.",
    "cause_not-an-attack": (
        "A technical failure. Every content of every snapshot was judged, and nothing was found"
        " that speaks for an attack: nothing malicious, nothing suspicious, nothing encrypted."
    ),
    "cause_failure-contradicted": (
        "The case was declared a technical failure, and what was found speaks against that."
        " It must not be reported as a failure before somebody looked at it."
    ),
    "cause_failure-unproven": (
        "The case was declared a technical failure. Nothing was found that speaks for an attack,"
        " but not everything could be judged: this is no proof that there was none."
    ),
    "found": "What was found, by entries of all snapshots",
    "unjudged": "could not be read, or were excluded by the operator",
    "unfinished": "These runs have not ended, so the numbers will change",
    "returns": "come back",
    "bytes": "bytes",
    "not_back": "What does not come back, and why",
    "paths": "paths",
    "encrypted_copies": "encrypted copies, under another name, of files that come back",
    "unnamed": "without a name any more: it was erased",
    "no_service": "no service",
    "sets": "Restore sets",
    "sealed_only": "sealed, not open",
    "delivered": "deliveries",
    "report_digest": "SHA-256 of the report (JSON), which the ledger names",
    "verdict_malicious": "malicious",
    "verdict_suspicious": "suspicious",
    "verdict_encrypted": "encrypted",
    "verdict_damaged": "damaged without malice (cut, zeroed, bit rot)",
    "verdict_prohibited": "of a kind that never passes (programs)",
    "verdict_active": "with active content",
    "verdict_indeterminate": "could not be judged",
    "verdict_clean": "clean",
}
RECOVERY_FRENCH: dict[str, str] = {
    "report": "Rapport de récupération",
    "made": "Établi le",
    "cause": "Cause",
    "cause_attack": "Une attaque.",
    "cause_not-an-attack": (
        "Une panne technique. Chaque contenu de chaque instantané a été examiné, et rien n'indique"
        " une attaque : rien de malveillant, rien de suspect, rien de chiffré."
    ),
    "cause_failure-contradicted": (
        "Le dossier a été déclaré comme panne technique, et ce qui a été trouvé le contredit."
        " Il ne doit pas être rapporté comme panne avant examen par une personne."
    ),
    "cause_failure-unproven": (
        "Le dossier a été déclaré comme panne technique. Rien n'indique une attaque, mais tout n'a"
        " pas pu être examiné : ce n'est pas la preuve qu'il n'y en a pas eu."
    ),
    "found": "Ce qui a été trouvé, en entrées de tous les instantanés",
    "unjudged": "n'ont pas pu être lues, ou ont été exclues par l'exploitant",
    "unfinished": "Ces exécutions ne sont pas terminées, les nombres changeront",
    "returns": "reviennent",
    "bytes": "octets",
    "not_back": "Ce qui ne revient pas, et pourquoi",
    "paths": "chemins",
    "encrypted_copies": "copies chiffrées, sous un autre nom, de fichiers qui reviennent",
    "unnamed": "sans nom désormais : il a été effacé",
    "no_service": "aucun service",
    "sets": "Lots de restauration",
    "sealed_only": "scellé, non ouvert",
    "delivered": "remises",
    "report_digest": "SHA-256 du rapport (JSON), que le registre nomme",
    "verdict_malicious": "malveillantes",
    "verdict_suspicious": "suspectes",
    "verdict_encrypted": "chiffrées",
    "verdict_damaged": "endommagées sans malveillance (coupées, mises à zéro, bits altérés)",
    "verdict_prohibited": "d'un type qui ne passe jamais (programmes)",
    "verdict_active": "avec contenu actif",
    "verdict_indeterminate": "n'ont pas pu être examinées",
    "verdict_clean": "saines",
}
