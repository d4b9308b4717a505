"""Runs a real S3 server for tests: a Ceph RADOS Gateway over TLS on loopback ports of its own.

One monitor, one object store daemon and one gateway, in the foreground and in memory, without
systemd and without a container. They die with this process, however it ends.
"""

import http.client
import secrets
import shutil
import socket
import ssl
import subprocess
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

PROGRAMS = (
    "ceph-mon",
    "ceph-osd",
    "radosgw",
    "radosgw-admin",
    "ceph",
    "rados",
    "openssl",
    "setpriv",
)
ADDRESS = "127.0.0.1"
START_SECONDS = 60.0
DIE_WITH_PARENT = ("setpriv", "--pdeathsig", "KILL", "--")

# `paxos propose interval` makes the start ten times faster, and `tcp_nodelay` a small read twenty
# times. `osd fast shutdown` would lose what is kept in memory. An admin socket below a long path
# of a test's folder cannot be bound.
CONFIGURATION = """
[global]
fsid = {fsid}
mon host = v2:{address}:{mon_port}/0
ms bind msgr1 = false
public addr = {address}
cluster addr = {address}
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
keyring = {folder}/keyring
log file = {folder}/log/$name.log
admin socket =
pid file =
run dir = {folder}/run
crash dir = {folder}/run
paxos propose interval = 0.02
paxos min wait = 0.005
mon allow pool size one = true
mon max pg per osd = 2000
mon data avail warn = 1
mon data avail crit = 1
mon osd full ratio = .97
mon osd backfillfull ratio = .96
mon osd nearfull ratio = .95
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
[mon]
mon data = {folder}/mon
mon cluster log file = {folder}/log/cluster.log
[osd]
osd data = {folder}/osd
osd objectstore = memstore
osd fast shutdown = false
osd class load list = *
osd class default list = *
memstore device bytes = 2147483648
memstore page set = false
[client.rgw]
keyring = {folder}/keyring
rgw frontends = beast ssl_endpoint={address}:{port} ssl_certificate={folder}/tls.pem tcp_nodelay=1
rgw thread pool size = 32
rgw enable usage log = false
rgw enable ops log = false
rgw dynamic resharding = false
rgw override bucket index max shards = 1
"""

ENTITIES = {
    "mon.": ("mon", "allow *"),
    "client.admin": ("mon", "allow *", "osd", "allow *", "mgr", "allow *"),
    "client.rgw": ("mon", "allow rw", "osd", "allow rwx"),
    "osd.0": ("mon", "allow profile osd", "osd", "allow *"),
}


def missing_programs() -> list[str]:
    """Return what has to be installed before a gateway can be started."""
    return [program for program in PROGRAMS if shutil.which(program) is None]


class Gateway:
    """A gateway in a folder; `stop` and `start` again keep what it holds, as a cut network does."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ports = _free_ports(2)
        self._daemons: list[subprocess.Popen[bytes]] = []
        self._gateway: subprocess.Popen[bytes] | None = None
        for name in ("log", "run", "mon", "osd"):
            (folder / name).mkdir(parents=True)
        values = {"fsid": uuid.uuid4(), "address": ADDRESS, "folder": folder}
        ports = {"mon_port": self._ports[0], "port": self._ports[1]}
        self._configuration = folder / "ceph.conf"
        self._configuration.write_text(CONFIGURATION.format(**values, **ports))
        self._make_certificate()

    @property
    def endpoint(self) -> str:
        """Where the gateway answers."""
        return f"https://{ADDRESS}:{self._ports[1]}"

    @property
    def ca_file(self) -> Path:
        """The certificate to trust."""
        return self._folder / "tls.crt"

    def begin(self) -> None:
        """Make the cluster and start everything."""
        self._make_keys()
        self._ceph("ceph-mon", "-i", "a", "--mkfs", "--monmap", self._monmap(), *self._keyring())
        self._daemons.append(self._daemon("ceph-mon", "-i", "a"))
        identity = str(uuid.uuid4())
        self._ceph("ceph", "--connect-timeout", "20", "osd", "new", identity)
        self._ceph("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", identity)
        self._daemons.append(self._daemon("ceph-osd", "-i", "0"))
        self.start()

    def start(self) -> None:
        """Start the gateway alone and wait until it answers."""
        self._gateway = self._daemon("radosgw", "-n", "client.rgw")
        end = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._gateway.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"radosgw does not answer: {self._log('radosgw')}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop the gateway alone: connections are refused, as when the network is cut."""
        if self._gateway is not None:
            _end(self._gateway)
            self._gateway = None

    def end(self) -> None:
        """Stop everything."""
        self.stop()
        for daemon in reversed(self._daemons):
            _end(daemon)

    def user(self, name: str, *, buckets: int = -1) -> tuple[str, str]:
        """Make a user and return its keys; without a number it may not make buckets."""
        access, secret = secrets.token_hex(10).upper(), secrets.token_hex(20)
        keys = ("--access-key", access, "--secret-key", secret, "--max-buckets", str(buckets))
        self.administer("user", "create", "--uid", name, "--display-name", name, *keys)
        return access, secret

    def administer(self, *arguments: str) -> bytes:
        """Do what only the storage's administrators can do, below S3."""
        return self._ceph("radosgw-admin", "-n", "client.rgw", *arguments)

    def rados(self, *arguments: str, content: bytes = b"") -> bytes:
        """Reach below the gateway, into the raw objects."""
        pool = ("-n", "client.admin", "-p", "default.rgw.buckets.data")
        return self._ceph("rados", *pool, *arguments, content=content)

    def _make_certificate(self) -> None:
        key, certificate = self._folder / "tls.key", self.ca_file
        curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2")
        names = ("-subj", "/CN=test", "-addext", f"subjectAltName=IP:{ADDRESS}")
        _run(["openssl", "req", "-x509", *curve, "-keyout", key, "-out", certificate, *names])
        pem = certificate.read_bytes() + key.read_bytes()
        (self._folder / "tls.pem").write_bytes(pem)

    def _make_keys(self) -> None:
        """Put every entity in one keyring: the monitor imports it, and nothing is added later."""
        keyring = self._folder / "keyring"
        _run(["ceph-authtool", "--create-keyring", keyring])
        for entity, pairs in ENTITIES.items():
            caps = [
                word
                for cap in zip(pairs[::2], pairs[1::2], strict=True)
                for word in ("--cap", *cap)
            ]
            _run(["ceph-authtool", keyring, "--gen-key", "-n", entity, *caps])

    def _keyring(self) -> tuple[str, str]:
        return ("--keyring", str(self._folder / "keyring"))

    def _monmap(self) -> str:
        path = str(self._folder / "monmap")
        fsid = next(
            line.split(" = ")[1]
            for line in self._configuration.read_text().splitlines()
            if line.startswith("fsid")
        )
        place = f"[v2:{ADDRESS}:{self._ports[0]}]"
        _run(["monmaptool", "--create", "--clobber", "--fsid", fsid, "--addv", "a", place, path])
        return path

    def _ceph(self, program: str, *arguments: str, content: bytes = b"") -> bytes:
        return _run([*DIE_WITH_PARENT, program, "-c", self._configuration, *arguments], content)

    def _daemon(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        with (self._folder / "log" / f"{program}.out").open("ab") as log:
            return subprocess.Popen(
                [*DIE_WITH_PARENT, program, "-f", "-c", self._configuration, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def _answers(self) -> bool:
        context = ssl.create_default_context(cafile=self.ca_file)
        connection = http.client.HTTPSConnection(
            ADDRESS, self._ports[1], timeout=5, context=context
        )
        try:
            connection.request("GET", "/")
            return connection.getresponse().status < 500
        except OSError:
            return False
        finally:
            connection.close()

    def _log(self, program: str) -> str:
        return (self._folder / "log" / f"{program}.out").read_text(errors="replace")[-2000:]


def _run(command: Sequence[str | Path], content: bytes = b"") -> bytes:
    done = subprocess.run(command, input=content, capture_output=True, timeout=60, check=False)
    if done.returncode:
        raise RuntimeError(f"{command}: {done.stderr.decode(errors='replace')}")
    return done.stdout


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_ports(count: int) -> list[int]:
    """Return ports that were free a moment ago; all are open at once, so that they differ."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind((ADDRESS, 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()
