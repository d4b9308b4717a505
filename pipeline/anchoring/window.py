"""How much of the ledger nobody outside knows yet: who has the key could still rewrite that."""

from dataclasses import dataclass

from audit.anchors import Said, anchors_folder, size_of_anchor
from custody.box import Json
from pipeline.anchoring.believed import believed
from pipeline.anchoring.trusted import trusted
from pipeline.wiring import Runtime
from storage.interface import is_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The anchor that reaches farthest, if there is one, and how many entries came after it."""

    anchored: int
    since: int
    said: Said | None

    def as_json(self) -> dict[str, Json]:
        """Return what `status --json` prints of it."""
        said = self.said
        last = None if said is None else {"kind": said.kind, "by": said.by, "at": said.at}
        return {"anchored": self.anchored, "since": self.since, "last": last}


def window(runtime: Runtime) -> Window:
    """Return the part of the current log that no anchor covers.

    Raises:
        SettingsError: what is set about anchors cannot be used.
        StoreError: the audit store cannot be read.
    """
    ledger, known = runtime.ledger, trusted(runtime.settings)
    versions = runtime.audit.versions(anchors_folder(ledger.origin))
    names = sorted({v.key for v in versions if is_key(v.key)}, reverse=True)
    for name in names:
        said = believed(runtime, name, known)
        if said is not None and said.at:
            size = size_of_anchor(name)
            return Window(anchored=size, since=ledger.size - size, said=said)
    return Window(anchored=0, since=ledger.size, said=None)
