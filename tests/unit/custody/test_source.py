"""Sources: which service an entry belongs to, and what tells images apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.source import FilesystemIdentity, ServiceGlob, Source

LAB = ServiceGlob(pattern="lab/*", service="biology")


def source(*globs: ServiceGlob) -> Source:
    """A source of the radiology with service patterns."""
    return Source(
        source_id="s1",
        case="c1",
        site="north",
        host="srv1",
        service="radiology",
        location=b"/mnt/srv1",
        identity=FilesystemIdentity(filesystem="ext4", root=2),
        service_globs=globs,
    )


def test_the_first_matching_pattern_names_the_service():
    """Patterns are tried in order."""
    registered = source(LAB, ServiceGlob(pattern="*", service="other"))

    assert "biology" == registered.service_of(b"lab/2025/a.csv")
    assert "other" == registered.service_of(b"letters/a.pdf")


def test_without_a_match_the_source_s_own_service_stands():
    """No entry is without a service."""
    assert "radiology" == source().service_of(b"lab/2025/a.csv")
    assert "radiology" == source(LAB).service_of(b"letters/a.pdf")


@pytest.mark.parametrize(
    ("path", "expected"),
    [(b"LAB/a.csv", "radiology"), (b"old/lab/a.csv", "radiology"), (b"lab/\xff", "biology")],
)
def test_patterns_look_at_the_whole_path_as_it_is(path, expected):
    """Case counts, a pattern begins at the root, and no byte keeps it from matching."""
    assert expected == source(LAB).service_of(path)


@given(st.binary(max_size=20))
def test_every_path_has_a_service(path):
    """Paths that are no UTF-8 are matched as well."""
    expected = "biology" if path.startswith(b"lab/") else "radiology"

    assert expected == source(LAB).service_of(path)


def test_an_identity_is_readable_and_tells_images_apart():
    """Two images at one place differ in their file system or their root."""
    identity = FilesystemIdentity(filesystem="ext4", root=2)

    assert "ext4:2" == str(identity)
    assert identity != FilesystemIdentity(filesystem="ext4", root=3)
    assert identity != FilesystemIdentity(filesystem="ext5", root=2)
