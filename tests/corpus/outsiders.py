"""People outside who anchor a ledger, on loopback: an authority (openssl) and a witness."""

import base64
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.anchors import COSIGNATURE, cosigned_message
from audit.evidence import (
    DASH,
    Checkpoint,
    Key,
    decode_base64,
    open_note,
    parse_checkpoint,
    verify_consistency,
)

Reply = tuple[int, bytes]
EXTENSIONS = """
[tsa]
basicConstraints = critical,CA:false
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[ts]
default_tsa = authority
[authority]
serial = ./serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ordering = no
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


class Authority:
    """A timestamp authority of our own, below a root of our own."""

    def __init__(self, folder: Path, name: str = "Invented Authority") -> None:
        folder.mkdir()
        self.folder = folder
        (folder / "authority.cnf").write_text(EXTENSIONS)
        (folder / "serial").write_text("01\n")
        self._run("req", "-x509", *_key("root"), "-subj", f"/CN={name} Root", "-days", "30")
        self._run("req", *_key("tsa"), "-subj", f"/CN={name}")
        signing = ("-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-days", "30")
        extended = ("-extfile", "authority.cnf", "-extensions", "tsa")
        self._run("x509", "-req", "-in", "tsa.pem", *signing, *extended, "-out", "tsa.crt")

    @property
    def root(self) -> Path:
        """The certificate that vouches for it."""
        return self.folder / "root.pem"

    def stamp(self, request: bytes) -> bytes:
        """Answer a TimeStampReq with a TimeStampResp."""
        (self.folder / "asked.tsq").write_bytes(request)
        words = ("-reply", "-queryfile", "asked.tsq", "-signer", "tsa.crt", "-inkey", "tsa.key")
        self._run("ts", *words, "-config", "authority.cnf", "-section", "authority", *OUT)
        return (self.folder / "said.tsr").read_bytes()

    def answer(self, _: str, body: bytes) -> Reply:
        """Answer as a web server does."""
        return 200, self.stamp(body)

    def _run(self, *words: str) -> None:
        subprocess.run(["openssl", *words], cwd=self.folder, check=True, capture_output=True)


OUT = ("-out", "said.tsr")


def _key(name: str) -> tuple[str, ...]:
    return ("-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.pem")


@dataclass
class AWitness:
    """A witness (C2SP tlog-witness): cosigns what goes on from what it saw, and nothing else."""

    log: Key
    name: str = "witness.example/one"
    secret: Ed25519PrivateKey = field(
        default_factory=lambda: Ed25519PrivateKey.from_private_bytes(bytes(range(32, 64)))
    )
    seen: Checkpoint | None = None
    moment: int = 1_795_000_000

    @property
    def vkey(self) -> str:
        """The key as name+hash+base64."""
        typed = bytes([COSIGNATURE]) + self.secret.public_key().public_bytes_raw()
        return f"{self.name}+{self._key_id(typed).hex()}+{base64.b64encode(typed).decode()}"

    def cosign(self, text: str) -> str:
        """Return the line that it adds below a checkpoint."""
        self.moment += 1
        typed = bytes([COSIGNATURE]) + self.secret.public_key().public_bytes_raw()
        signature = self.secret.sign(cosigned_message(text, self.moment))
        content = self._key_id(typed) + self.moment.to_bytes(8, "big") + signature
        return f"{DASH} {self.name} {base64.b64encode(content).decode()}\n"

    def answer(self, path: str, body: bytes) -> Reply:
        """Answer an add-checkpoint."""
        if path != "/add-checkpoint":
            return 404, b""
        head, _, note = body.decode().partition("\n\n")
        old_line, *proof = head.split("\n")
        old, text = int(old_line.removeprefix("old ")), open_note(note.encode(), self.log)
        new = parse_checkpoint(text)
        last = self.seen.size if self.seen else 0
        if old != last:
            return 409, f"{last}\n".encode()
        root = self.seen.root if self.seen else b""
        path_of_hashes = [decode_base64(line) for line in proof]
        if not verify_consistency((old, new.size), path_of_hashes, root, new.root):
            return 422, b""
        self.seen = new
        return 200, self.cosign(text).encode()

    def _key_id(self, typed: bytes) -> bytes:
        return sha256(self.name.encode() + b"\n" + typed).digest()[:4]


@contextmanager
def answering(answer: Callable[[str, bytes], Reply]) -> Iterator[str]:
    """Serve somebody's answers on loopback, and yield the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, said = answer(self.path, body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
