"""One pass over all that a PDF's trailer reaches, which cuts the ways to what is active.

What is cut off is not erased but no longer reached, and qpdf writes only what is reached: it does
not matter by how many ways something hung in the file, because the pass takes all of them.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import TypeGuard

import pikepdf

from sanitizers.disarming.interface import CannotDisarmError, Removed
from sanitizers.disarming.pdf import rules
from sanitizers.disarming.pdf.opening import (
    JPEG,
    Key,
    is_dictionary,
    is_holder,
    is_jpeg,
    keys_of,
    name_of,
)
from sanitizers.disarming.pictures import plain_picture

_MOST_PLACES = 256
_SIGNATURE = "pdf.signature"
_UNKNOWN_KEY = "pdf.other-entry"


@dataclass(slots=True)
class Cleaning:
    """The state of one pass: what waits to be looked at, and what was cut."""

    pdf: pikepdf.Pdf
    _cut: Counter[tuple[str, str]] = field(default_factory=Counter)
    _waiting: list[tuple[pikepdf.Object, str]] = field(default_factory=list)
    _seen: set[tuple[int, int]] = field(default_factory=set)
    _pages: set[tuple[int, int]] = field(default_factory=set)

    def run(self, *, although_signed: bool = False) -> tuple[Removed, ...]:
        """Clean the whole file, and return what was cut.

        Raises:
            CannotDisarmError: it is signed and no person gave that up, or a form that exists only
                as XFA.
        """
        root = self.pdf.Root
        if bool(root.get("/NeedsRendering", False)):
            raise CannotDisarmError("its pages exist only as an XFA form")
        self._pages = {page.obj.objgen for page in self.pdf.pages}
        self._trim_trailer()
        self._trim(root, rules.CATALOGUE, "catalogue")
        for key, kept in (("/Names", rules.NAMES), ("/AcroForm", rules.FORM)):
            holder = root.get(key)
            if is_dictionary(holder):
                self._trim(holder, kept, key[1:])
        self._wait(self.pdf.trailer, "trailer")
        while self._waiting:
            self._look(*self._waiting.pop())
        if not although_signed and any(code == _SIGNATURE for code, _ in self._cut):
            raise CannotDisarmError("signed: a copy would lose the signature")
        return self._removed()

    def _trim_trailer(self) -> None:
        trailer = self.pdf.trailer
        for key in keys_of(trailer):
            if key not in rules.TRAILER:
                del trailer[key]
                if key not in rules.INNER_TRAILER:
                    self._cut[rules.ENCRYPTION.get(key, _UNKNOWN_KEY), "trailer"] += 1
        # The library writes a number of objects only where there was one (7.5.5).
        trailer["/Size"] = 1

    def _trim(self, holder: pikepdf.Object, kept: frozenset[str], place: str) -> None:
        for key in keys_of(holder):
            if key not in kept:
                self._delete(holder, key, rules.KEYS.get(key, _UNKNOWN_KEY), place)

    def _delete(self, holder: pikepdf.Object, key: Key, code: str, place: str) -> None:
        del holder[key]
        self._cut[code, place] += 1

    def _wait(self, value: pikepdf.Object, place: str) -> None:
        if value.is_indirect:
            if value.objgen in self._seen:
                return
            self._seen.add(value.objgen)
            place = f"object {value.objgen[0]}"
        self._waiting.append((value, place))

    def _look(self, holder: pikepdf.Object, place: str) -> None:
        if isinstance(holder, pikepdf.Array):
            self._look_at_array(holder, place)
            return
        if holder.is_indirect and holder.objgen in self._pages:
            self._trim(holder, rules.PAGE, place)
        if isinstance(holder, pikepdf.Stream):
            self._close(holder, place)
            if is_jpeg(holder):
                self._redraw(holder, place)
        kept = _keys_of_action(holder)
        if kept:
            self._trim(holder, kept, place)
        for key in keys_of(holder):
            value = holder[key]
            code = rules.KEYS.get(key) or _code_under(holder, key, value) or _code_of(value)
            if code:
                self._delete(holder, key, code, place)
            elif is_holder(value):
                self._wait(value, place)

    def _look_at_array(self, holder: pikepdf.Array, place: str) -> None:
        """Look at the items, from the end because some are taken out.

        An annotation's place in its array means nothing; that of other things may.
        """
        for at in range(len(holder) - 1, -1, -1):
            value = holder[at]
            code = _code_of(value)
            if not code:
                if is_holder(value):
                    self._wait(value, place)
                continue
            if "/Subtype" in value and not isinstance(value, pikepdf.Stream):
                del holder[at]
            else:
                holder[at] = None
            self._cut[code, place] += 1

    def _redraw(self, stream: pikepdf.Stream, place: str) -> None:
        """Write a picture in JPEG anew, without what readers of PDF never look at (7.4.8)."""
        packed = stream.read_raw_bytes()
        made = plain_picture(packed, JPEG)
        if made.content != packed:
            parms = stream.get("/DecodeParms")
            if isinstance(parms, pikepdf.Array):
                parms = parms[0]
            kept = parms if isinstance(parms, pikepdf.Dictionary) else None
            stream.write(made.content, filter=pikepdf.Name.DCTDecode, decode_parms=kept)
            for removed in made.removed:
                self._cut[removed.code, place] += removed.times

    def _close(self, stream: pikepdf.Stream, place: str) -> None:
        """Make a stream that lies in another file an empty one (7.3.8.2), and cut references."""
        if "/F" in stream:
            stream.write(b"")
            self._delete(stream, "/F", "pdf.external-stream", place)
        if "/Ref" in stream:
            self._delete(stream, "/Ref", "pdf.external-stream", place)

    def _removed(self) -> tuple[Removed, ...]:
        """Return what was cut, by code and place; by code alone when there are too many places."""
        counts = self._cut
        if len(counts) > _MOST_PLACES:
            counts = Counter()
            for (code, _), times in self._cut.items():
                counts[code, ""] += times
        return tuple(
            Removed(code=code, where=place, times=times)
            for (code, place), times in sorted(counts.items())
        )


def _code_under(holder: pikepdf.Object, key: Key, value: object) -> str:
    """Return the code of what its key makes an action; empty when it may stay."""
    if key in rules.ACTION_KEYS and is_dictionary(value) and "/S" in value:
        return _code_of_action(value)
    if key == "/SV" and name_of(holder, "/FT") == "/Sig":
        return "pdf.signature-demand"
    return ""


def _code_of(value: object) -> str:
    """Return the code of what is cut wherever it hangs; empty when it may stay."""
    if not is_dictionary(value):
        return ""
    if "/ByteRange" in value or name_of(value, "/Type") in rules.SIGNATURES:
        return _SIGNATURE
    code = rules.TYPES.get(name_of(value, "/Type"), "")
    if not code and isinstance(value, pikepdf.Stream):
        return "pdf.postscript" if _is_postscript(value) else ""
    return code or _code_of_annotation(value) or _code_of_loose_action(value)


def _code_of_annotation(value: pikepdf.Object) -> str:
    subtype = name_of(value, "/Subtype")
    if _is_annotation(value) and subtype not in rules.ANNOTATIONS:
        return rules.ANNOTATION_CODES.get(subtype, rules.OTHER_ANNOTATION)
    return rules.ANNOTATION_CODES.get(subtype, "")


def _code_of_loose_action(value: pikepdf.Object) -> str:
    """Return the code of an action, whatever key it hangs on and whatever it says of itself.

    A structure element of such a name goes too: no page shows it, and a viewer that follows
    /Next or /SE asks for no type.
    """
    is_action = name_of(value, "/S") in rules.ACTION_CODES
    return _code_of_action(value) if is_action else ""


def _is_annotation(value: object) -> TypeGuard[pikepdf.Object]:
    return isinstance(value, pikepdf.Dictionary) and (
        name_of(value, "/Type") == "/Annot" or ("/Rect" in value and "/Subtype" in value)
    )


def _is_postscript(stream: pikepdf.Stream) -> bool:
    """Tell whether a printer would run it (PDF 1.x: /PS as an XObject, or inside of a form)."""
    return "/PS" in (name_of(stream, "/Subtype"), name_of(stream, "/Subtype2"))


def _keys_of_action(holder: pikepdf.Object) -> frozenset[str]:
    """Return the keys that an action may have which was not cut; none for anything else."""
    kind = name_of(holder, "/S")
    is_action = name_of(holder, "/Type") in ("", "/Action") and "/P" not in holder
    return rules.ACTIONS.get(kind, frozenset()) if is_action else frozenset()


def _is_link(target: bytes) -> bool:
    return rules.LINKS.match(target) is not None


def _code_of_action(action: pikepdf.Object) -> str:
    """Return the code of an action that a copy may not keep; empty for a harmless one."""
    kind = name_of(action, "/S")
    if kind == "/URI":
        target = action.get("/URI")
        is_kept = isinstance(target, pikepdf.String) and _is_link(bytes(target))
    elif kind == "/Named":
        is_kept = name_of(action, "/N") in rules.MOVES
    else:
        is_kept = kind in rules.ACTIONS
    return "" if is_kept else rules.ACTION_CODES.get(kind, rules.OTHER_ACTION)
