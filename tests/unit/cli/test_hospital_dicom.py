import io

import pydicom
import pytest
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from cli.hospital import dicom
from cli.hospital.radiology import STUDIES, study


def read(content):
    """An instance as pydicom reads it, with every value converted and checked."""
    with pydicom.config.strict_reading():
        dataset = pydicom.dcmread(io.BytesIO(content))
        for element in dataset.iterall():
            str(element.value)
    return dataset


@pytest.mark.parametrize("number", range(STUDIES))
def test_an_independent_reader_finds_everything_in_its_place(number):
    """The strict pydicom reader finds the patient and the identifiers of each study."""
    examination = study(number)
    dataset = read(dicom.instance(examination, 1))
    person = examination.patient

    assert f"{person.family_name}^{person.given_name}" == str(dataset.PatientName)
    assert person.ipp == dataset.PatientID
    assert CTImageStorage == dataset.SOPClassUID
    assert ExplicitVRLittleEndian == dataset.file_meta.TransferSyntaxUID
    assert dataset.SOPInstanceUID == dataset.file_meta.MediaStorageSOPInstanceUID


def test_the_pixels_fill_the_declared_size():
    """Rows, columns and depth agree with the pixel bytes (PS3.5 §8.1.1)."""
    dataset = read(dicom.instance(study(0), 1))

    assert dataset.Rows * dataset.Columns * dataset.BitsAllocated // 8 == len(dataset.PixelData)
    assert max(dataset.PixelData[1::2]) < 1 << (dataset.BitsStored - 8)


def test_the_group_length_is_exact():
    """The meta group ends where its length says (PS3.10 §7.1)."""
    content = dicom.instance(study(0), 1)
    length = int.from_bytes(content[140:144], "little")

    assert b"\x02\0\0\0UL\x04\0" == content[132:140]
    assert b"\x08\0\x05\0" == content[144 + length : 148 + length]


def test_tags_ascend_and_the_last_element_ends_the_file():
    """Elements stand in ascending order and nothing follows the pixels (PS3.5 §7.1)."""
    content = dicom.instance(study(2), 3)
    tags = [element.tag for element in read(content)]

    assert sorted(tags) == tags
    assert tags[-1] == (0x7FE0, 0x0010)
    assert content.endswith(read(content).PixelData)


def test_slices_of_a_study_belong_together_and_differ():
    """Study and series are shared by the slices of a study; each slice has its own identifier."""
    slices = [read(dicom.instance(study(1), order)) for order in (1, 2, 3)]

    assert 1 == len({s.StudyInstanceUID for s in slices})
    assert 1 == len({s.SeriesInstanceUID for s in slices})
    assert 3 == len({s.SOPInstanceUID for s in slices})
    assert 3 == len({bytes(s.PixelData) for s in slices})


def test_studies_do_not_share_identifiers():
    """Two studies have different identifiers throughout."""
    studies = [read(dicom.instance(study(number), 1)) for number in range(STUDIES)]

    assert STUDIES == len({s.StudyInstanceUID for s in studies})
    assert STUDIES == len({s.FrameOfReferenceUID for s in studies})
    assert all(len(s.StudyInstanceUID) <= 64 and s.StudyInstanceUID.is_valid for s in studies)


def test_a_preamble_is_put_in_front_and_nothing_else_changes():
    """A foreign preamble takes the place of zeros only."""
    plain = dicom.instance(study(1), 1)
    foreign = dicom.instance(study(1), 1, preamble=b"MZ")

    assert b"MZ" + bytes(126) == foreign[:128]
    assert bytes(128) == plain[:128]
    assert plain[128:] == foreign[128:]
