"""What names a folder on a server, and what does not."""

import pytest

from custody.errors import UsageError
from quarantine.sftp.place import SftpPlace, names_sftp


@pytest.mark.parametrize(
    ("written", "server", "encoded"),
    [
        (b"sftp://u@nas/data", "nas:22", b"sftp://u@nas/data"),
        (b"sftp://u@NAS.example:22//data/./x/", "nas.example:22", b"sftp://u@nas.example/data/x"),
        (b"sftp://u@NAS_2/data", "nas_2:22", b"sftp://u@nas_2/data"),
        (b"sftp://u@10.0.0.1:2222/", "10.0.0.1:2222", b"sftp://u@10.0.0.1:2222/"),
        (b"sftp://u@[FE80::1]:2222/a b", "[fe80::1]:2222", b"sftp://u@[fe80::1]:2222/a b"),
        (b"sftp://back-up@nas/\xff\xe9%20", "nas:22", b"sftp://back-up@nas/\xff\xe9%20"),
    ],
)
def test_a_place_is_written_in_one_way(written, server, encoded):
    """Paths byte for byte; what it is written as means the same place again."""
    place = SftpPlace.parse(written)

    assert (server, encoded) == (place.server, place.encode())
    assert place == SftpPlace.parse(place.encode())


@pytest.mark.parametrize(
    "written",
    [
        b"sftp://nas/data",
        b"sftp://u@nas",
        b"sftp://u:secret@nas/data",
        b"sftp://-oProxyCommand=x@nas/data",
        b"sftp://u@-oProxyCommand=x/data",
        b"sftp://u@nas;x/data",
        b"sftp://u@n as/data",
        b"sftp://u@nas:0/data",
        b"sftp://u@nas:65536/data",
        b"sftp://u@nas/data/../etc",
        b"sftp://u@nas/a\0b",
        b"sftp://u@n\xe9s/data",
        b"ssh://u@nas/data",
        b"/data",
    ],
)
def test_what_could_mean_something_else_is_refused(written):
    """No password, no option of a program, no way up, no other scheme."""
    with pytest.raises(UsageError):
        SftpPlace.parse(written)


def test_only_the_scheme_names_a_server():
    """A folder may have any other name."""
    assert [True, False, False] == [names_sftp(p) for p in ("sftp://u@h/p", "/sftp", "s3://b/p")]
