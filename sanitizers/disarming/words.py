"""What was taken out of a document, in words for people: one paragraph, in English and French."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The word for one thing and for many, in both languages."""

    english: tuple[str, str]
    french: tuple[str, str]


# By what stands behind the family in a code, or by the whole code.
_KINDS: Mapping[str, Words] = {
    "macro": Words(english=("macro", "macros"), french=("macro", "macros")),
    "javascript": Words(english=("script", "scripts"), french=("script", "scripts")),
    "script": Words(english=("script", "scripts"), french=("script", "scripts")),
    "event": Words(
        english=("event handler", "event handlers"),
        french=("gestionnaire d'événement", "gestionnaires d'événement"),
    ),
    "program": Words(
        english=("start of a program", "starts of programs"),
        french=("lancement de programme", "lancements de programmes"),
    ),
    "launch": Words(
        english=("start of a program", "starts of programs"),
        french=("lancement de programme", "lancements de programmes"),
    ),
    "action": Words(
        english=("automatic action", "automatic actions"),
        french=("action automatique", "actions automatiques"),
    ),
    "link": Words(
        english=("link elsewhere", "links elsewhere"),
        french=("lien externe", "liens externes"),
    ),
    "external": Words(
        english=("external target", "external targets"),
        french=("cible externe", "cibles externes"),
    ),
    "template": Words(
        english=("remote template", "remote templates"),
        french=("modèle distant", "modèles distants"),
    ),
    "object": Words(
        english=("embedded object", "embedded objects"),
        french=("objet incorporé", "objets incorporés"),
    ),
    "attachment": Words(
        english=("attached file", "attached files"),
        french=("fichier joint", "fichiers joints"),
    ),
    "field": Words(
        english=("active field", "active fields"),
        french=("champ actif", "champs actifs"),
    ),
    "control": Words(
        english=("control", "controls"), french=("contrôle actif", "contrôles actifs")
    ),
    "form": Words(english=("form", "forms"), french=("formulaire", "formulaires")),
    "metadata": Words(
        english=("piece of metadata", "pieces of metadata"),
        french=("métadonnée", "métadonnées"),
    ),
    "trailing": Words(
        english=("run of bytes behind the end", "runs of bytes behind the end"),
        french=("suite d'octets après la fin", "suites d'octets après la fin"),
    ),
    "preamble": Words(
        english=("preamble that was not zero", "preambles that were not zero"),
        french=("préambule non nul", "préambules non nuls"),
    ),
    "member": Words(
        english=("member of an archive", "members of an archive"),
        french=("membre d'archive", "membres d'archive"),
    ),
    "signature": Words(english=("signature", "signatures"), french=("signature", "signatures")),
    "text-layer": Words(
        english=(
            "page with its text, links and fields, which is a picture now",
            "pages with their text, links and fields, which are pictures now",
        ),
        french=(
            "page avec son texte, ses liens et ses champs, devenue une image",
            "pages avec leur texte, leurs liens et leurs champs, devenues des images",
        ),
    ),
    "part-replaced": Words(
        english=("part that is there as its disarmed copy", "parts that are there as copies"),
        french=("partie remplacée par sa copie désarmée", "parties remplacées par leurs copies"),
    ),
    "part-": Words(
        english=("part left out", "parts left out"),
        french=("partie retirée", "parties retirées"),
    ),
    "part": Words(english=("part", "parts"), french=("partie", "parties")),
    "connection": Words(
        english=("data connection", "data connections"),
        french=("connexion de données", "connexions de données"),
    ),
    "dde": Words(
        english=("link to another program", "links to other programs"),
        french=("liaison avec un autre programme", "liaisons avec d'autres programmes"),
    ),
    "formula": Words(
        english=("formula that leads elsewhere", "formulas that lead elsewhere"),
        french=("formule menant ailleurs", "formules menant ailleurs"),
    ),
    "defined-name": Words(
        english=("name of a macro", "names of macros"),
        french=("nom de macro", "noms de macros"),
    ),
    "embedded-document": Words(
        english=("document inside", "documents inside"),
        french=("document incorporé", "documents incorporés"),
    ),
    "custom-ui": Words(
        english=("menu of its own", "menus of its own"),
        french=("menu propre au document", "menus propres au document"),
    ),
    "extension": Words(
        english=("web extension", "web extensions"),
        french=("extension web", "extensions web"),
    ),
    "plugin": Words(english=("plug-in", "plug-ins"), french=("module", "modules")),
    "settings": Words(
        english=("setting of a printer", "settings of printers"),
        french=("réglage d'imprimante", "réglages d'imprimante"),
    ),
    "calculation-order": Words(
        english=("order of calculation", "orders of calculation"),
        french=("ordre de calcul", "ordres de calcul"),
    ),
    "converted": Words(
        english=("conversion from an old format", "conversions from an old format"),
        french=("conversion depuis un ancien format", "conversions depuis un ancien format"),
    ),
}
_OTHER = Words(
    english=("active element", "active elements"),
    french=("élément actif", "éléments actifs"),
)


def paragraph_english(removed: Mapping[str, int], copy: str) -> str:
    """Return what a disarmed copy lacks, from counts by code, in English."""
    told = "; ".join(f"{n} {_word(code, n, 'english')} ({code})" for code, n in _sorted(removed))
    measured = "pages, pixels" if _is_drawn(removed) else "text, pages, pixels"
    return (
        f"Disarmed copy {copy[:12]} of this content, which is kept. Taken out: {told}."
        f" All else that is measured ({measured}) is equal in both."
    )


def paragraph_french(removed: Mapping[str, int], copy: str) -> str:
    """Return the same in French."""
    told = " ; ".join(f"{n} {_word(code, n, 'french')} ({code})" for code, n in _sorted(removed))
    measured = "pages, pixels" if _is_drawn(removed) else "texte, pages, pixels"
    return (
        f"Copie désarmée {copy[:12]} de ce contenu, qui est conservé. Retiré : {told}."
        f" Tout le reste de ce qui est mesuré ({measured}) est identique dans les deux."
    )


def _is_drawn(removed: Mapping[str, int]) -> bool:
    return any(code.endswith(".text-layer") for code in removed)


def _sorted(removed: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(removed.items(), key=lambda item: (-item[1], item[0]))


def _word(code: str, times: int, language: str) -> str:
    words = _KINDS.get(code.partition(".")[2]) or next(
        (found for kind, found in _KINDS.items() if kind in code), _OTHER
    )
    pair = words.english if language == "english" else words.french
    return pair[0] if times == 1 else pair[1]
