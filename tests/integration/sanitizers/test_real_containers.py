"""Real documents in archives and mails: written anew around what stays, in the real box."""

import gzip
import io
import os
import tarfile
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from custody.box import Lane, Program
from custody.digest import digest_of
from sandbox.pool import Pool
from sanitizers.containers import expanding
from sanitizers.disarming.making import Made, Original
from sanitizers.disarming.rebuilding.asking import CopyOfPart, PlannedPart, programs, rebuilt
from sanitizers.limits import DEFAULT_LIMITS
from tests.corpus.packages import archive
from tests.corpus.rebuilders import MAIL, TAR, ZIP, parts_of

ROOT = Path(__file__).parents[3]
CORPUS = Path(os.environ.get("AUTOCLAVE_CORPUS", ROOT.parent / "shared" / "corpus"))
pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not CORPUS.is_dir(), reason="the real files are not beside the project"),
]
MOST = 60
LARGEST = 512 * 1024
COPY = CopyOfPart(
    content=b"a copy", media_type="text/plain", original_type="text/plain", removed={"x.macro": 1}
)


@pytest.fixture(scope="module")
def box() -> Iterator[Pool]:
    """A real box that takes containers apart and writes them anew."""
    unpack = Program(
        name=expanding.PROGRAM,
        factory="sanitizers.containers.unpacking:unpacking",
        lane=Lane.FORKED,
        params={"limits": dict(DEFAULT_LIMITS.encode()), "passwords": []},
    )
    with Pool((unpack, *programs(DEFAULT_LIMITS)), workers=2) as pool:
        yield pool


def documents() -> dict[str, bytes]:
    """Real documents of both folders, by name."""
    files = [*sorted((CORPUS / "office").iterdir()), *sorted((CORPUS / "pdf").iterdir())]
    small = [path for path in files if path.is_file() and path.stat().st_size <= LARGEST]
    step = max(1, len(small) // MOST)
    return {f"{path.parent.name}/{path.name}": path.read_bytes() for path in small[::step]}


def a_tar(members: dict[str, bytes]) -> bytes:
    """A tar archive of them."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as output:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            output.addfile(info, io.BytesIO(content))
    return made.getvalue()


def a_mail(members: dict[str, bytes]) -> bytes:
    """A mail with all of them attached, each under a number."""
    message = EmailMessage()
    message["From"] = "labo@example.invalid"
    message.set_content("Bonjour\n")
    for number, (name, content) in enumerate(members.items()):
        named = f"{number}{Path(name).suffix}"
        message.add_attachment(
            content, maintype="application", subtype="octet-stream", filename=named
        )
    return message.as_bytes()


@pytest.mark.parametrize(("media_type", "build"), [(ZIP, archive), (TAR, a_tar), (MAIL, a_mail)])
def test_whatever_goes_the_others_stay_to_the_byte(
    box: Pool, media_type: str, build: Callable[[dict[str, bytes]], bytes]
) -> None:
    """A third is left out, a third is replaced, and the rest comes out as it went in."""
    content = build(documents())
    parts = parts_of(content, media_type)
    plan = [
        PlannedPart(
            digest=digest_of(part.content),
            left_out="malicious" if number % 3 == 1 else "",
            copy=COPY if number % 3 == 2 else None,
        )
        for number, part in enumerate(parts)
    ]
    original = Original(content=content, size=len(content), media_type=media_type)
    made = rebuilt(box, original, plan, DEFAULT_LIMITS)

    assert isinstance(made, Made), made
    after = {(part.untrusted_name, part.content) for part in parts_of(made.content, media_type)}
    kept = {(part.untrusted_name, part.content) for part in parts[::3]}
    assert len(parts) > MOST // 2
    assert kept <= after
    assert {part.untrusted_name for part in parts[2::3]} <= {name for name, _ in after}
    assert all(part.content not in made.content for part in parts[1::3] if len(part.content) > 64)


def test_a_packed_archive_of_real_documents_is_packed_anew(box: Pool) -> None:
    """Around another content, as it is when the archive in it was written anew."""
    inner = a_tar(documents())
    content = gzip.compress(inner)
    copy = CopyOfPart(content=inner[:-512], media_type=TAR, original_type=TAR, removed={})
    original = Original(content=content, size=len(content), media_type="application/gzip")
    plan = [PlannedPart(digest=digest_of(inner), copy=copy)]
    made = rebuilt(box, original, plan, DEFAULT_LIMITS)

    assert isinstance(made, Made), made
    assert inner[:-512] == gzip.decompress(made.content)
