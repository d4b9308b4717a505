"""Studies that lack images, told when all images of a source are inspected."""

import struct
from datetime import datetime

import pytest

from cli.hospital.dicom import Study, instance
from cli.hospital.people import patient
from pipeline import listing, record_report
from pipeline.proving import verify
from pipeline.record_report import Wanted
from pipeline.settings import Settings
from pipeline.wiring import open_runtime
from tests.corpus.homes import a_source
from tests.corpus.images import element
from tests.corpus.keeping import KeptFile
from tests.integration.pipeline.rebuilding.test_rebuild import rebuilt_differs
from tests.integration.pipeline.test_record_decisions import declaring

DAY = datetime(2026, 3, 12, 8, 0)  # noqa: DTZ001


def study(number):
    """An examination of an invented patient."""
    return Study(number=number, patient=patient(1), description="Thorax", at=DAY)


def telling(content, count):
    """An image that tells how many its series has (0020,1209)."""
    at = content.index(struct.pack("<HH", 0x28, 2) + b"US")
    return content[:at] + element(0x20, 0x1209, b"IS", f"{count:02d}".encode()) + content[at:]


@pytest.fixture
def world(tmp_path):
    """A disk with two studies, one of which lost images, and a home."""
    disk = tmp_path / "disk"
    disk.mkdir()
    for order in (1, 2, 5):
        (disk / f"gap{order}.dcm").write_bytes(instance(study(1), order))
    for order in (1, 2):
        (disk / f"few{order}.dcm").write_bytes(telling(instance(study(2), order), 4))
    return disk, Settings(home=tmp_path / "home")


def test_images_that_a_series_lacks_are_told_and_hold_nothing(world, tmp_path):
    """By service, with how many; the rebuilt catalogue says the same."""
    disk, settings = world
    with open_runtime(settings) as runtime:
        declaring(runtime, a_source(disk))
        stages = {e["stage"] for e in listing.entries(runtime)}
        (line,) = record_report.report(runtime, Wanted(schema="dicom"))
        assert () == verify.verify(runtime, deep=True).faults
    kept = KeptFile(settings.home, tmp_path / "kept.sqlite")

    assert {"promoted"} == stages
    assert {("DCM-019", 1, 2), ("DCM-020", 1, 2)} == {
        (r["code"], r["files"], r["records"]) for r in line["reasons"] if r["code"] >= "DCM-019"
    }
    assert set() == rebuilt_differs(settings, kept)
