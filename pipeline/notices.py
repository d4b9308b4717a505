"""Tells people outside of recalls: ids and numbers only, and never at the price of the recall.

What is sent leaves the house through mail servers and chats. So no name, path, reason, rule or
content is in it: who is told looks here. Whether it went out is on the record.
"""

import json
import logging
import os
import stat
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from audit.event import EventType
from custody.box import Json
from custody.errors import SettingsError
from pipeline.recording import Recorder
from pipeline.wiring import Runtime

logger = logging.getLogger(__name__)

SECONDS = 60
# A process of its own; this one never imports it.
SENDING = "pipeline.sending"
# An address may hold a token: the file is as private as a key.
OTHERS = stat.S_IRWXG | stat.S_IRWXO
MOST_ADDRESSES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What is told: of which kind it is, about which recall or re-scan, and the numbers."""

    kind: str
    subject: str
    numbers: Mapping[str, int]

    def title(self, origin: str) -> str:
        """Return the one line that a person sees first."""
        return f"Autoclave {origin}: {TITLES[self.kind]}"

    @property
    def body(self) -> str:
        """Return the rest, in French and English."""
        numbers = ", ".join(f"{name} {count}" for name, count in self.numbers.items())
        return f"{BODIES[self.kind]}\n{self.kind}: {self.subject}\n{numbers}\n"


RECALL, WAITS, PROPOSED = "recall", "recall-waits", "recall-proposed"
TITLES = {
    RECALL: "artefacts were recalled / des artefacts ont été rappelés",
    WAITS: "a recall waits for a second person / un rappel attend une deuxième personne",
    PROPOSED: "a re-scan proposes a recall / une nouvelle analyse propose un rappel",
}
BODIES = {
    RECALL: (
        "What was promoted turned out bad and was withdrawn. Look into the signed recall list.\n"
        "Ce qui avait été promu s'est révélé dangereux et a été retiré. Voir la liste de rappel"
        " signée."
    ),
    WAITS: (
        "It would withdraw so much of a service that two people sign: `autoclave recall`.\n"
        "Il retirerait une telle part d'un service que deux personnes doivent signer :"
        " `autoclave recall`."
    ),
    PROPOSED: (
        "New rules condemn what is in the clean zone. Confirm it: `autoclave rescan --confirm`.\n"
        "De nouvelles règles condamnent ce qui est dans la zone saine. À confirmer :"
        " `autoclave rescan --confirm`."
    ),
}


def notify(runtime: Runtime, notice: Notice) -> None:
    """Send a notice to everybody whom the settings name, and record whether it went out.

    Nothing that goes wrong outside is raised: what the notice is about is done already.
    """
    settings = runtime.settings.notices
    if not settings.addresses:
        return
    try:
        addresses = read_addresses(Path(settings.addresses).expanduser())
        sent, failed, reason = _send(runtime, notice, addresses)
    except SettingsError as error:
        sent, failed, reason = 0, 1, error.reason
    if failed:
        logger.warning("a notice about %s was not sent to all: %s", notice.subject, reason)
    recorder = Recorder(runtime=runtime, case="", run_id="")
    body: dict[str, Json] = {"about": notice.kind, "sent": sent, "failed": failed, "reason": reason}
    kind = EventType.NOTICE_FAILED if failed else EventType.NOTICE_SENT
    recorder.record(recorder.event(kind, subject={"notice": notice.subject}, body=body))
    runtime.ledger.publish()


def read_addresses(path: Path) -> list[str]:
    """Return the addresses of a file, one a line; lines that begin with # are remarks.

    Raises:
        SettingsError: it cannot be read, others may read it, or it names nobody or too many.
    """
    try:
        with path.open(encoding="utf-8") as file:
            others = os.fstat(file.fileno()).st_mode & OTHERS
            lines = [line.strip() for line in file]
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            "the file of notices.addresses cannot be read", next_step="make it readable"
        ) from error
    if others:
        raise SettingsError(
            "the file of notices.addresses can be read by others", next_step="chmod 600 the file"
        )
    found = [line for line in lines if line and not line.startswith("#")]
    if not 1 <= len(found) <= MOST_ADDRESSES:
        raise SettingsError(
            f"the file of notices.addresses names {len(found)} addresses",
            next_step=f"name one to {MOST_ADDRESSES}, one a line",
        )
    return found


def _send(runtime: Runtime, notice: Notice, addresses: list[str]) -> tuple[int, int, str]:
    """Return how many were told and how many not, and why not, without any address in it."""
    told = {
        "addresses": addresses,
        "title": notice.title(runtime.ledger.origin),
        "body": notice.body,
    }
    ca_file = runtime.settings.notices.ca_file
    authority = {"REQUESTS_CA_BUNDLE": ca_file, "SSL_CERT_FILE": ca_file} if ca_file else {}
    try:
        ended = subprocess.run(  # noqa: S603  our own module, and no shell
            [sys.executable, "-I", "-m", SENDING],
            input=json.dumps(told).encode(),
            env={"PATH": os.defpath, **authority},
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return 0, len(addresses), f"the sending process did not end: {type(error).__name__}"
    try:
        said = json.loads(ended.stdout)
        sent = int(said["sent"])
    except (ValueError, KeyError, TypeError):
        return 0, len(addresses), f"the sending process ended with {ended.returncode}"
    failed = len(addresses) - sent
    return sent, failed, "not every address takes it" if failed else ""
