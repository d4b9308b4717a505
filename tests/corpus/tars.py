"""Tar archives as programs write them: with dates, rights and owners."""

import io
import tarfile
from collections.abc import Sequence

from tests.corpus.containers import tar_member


def tar_of(members: Sequence[tuple[str, bytes]], form: int = tarfile.PAX_FORMAT) -> bytes:
    """A tar archive of names and contents."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=form) as output:
        for name, content in members:
            info = tar_member(name)
            info.size, info.mtime, info.mode = len(content), 1_600_000_000, 0o755
            info.uname = "root"
            output.addfile(info, io.BytesIO(content))
    return made.getvalue()
