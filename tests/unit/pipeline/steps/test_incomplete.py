"""What images of a source say about those that are missing."""

import pytest

from pipeline.steps.incomplete import Directory, Image, Incomplete, incomplete_of, judge


def image(number, *, series="s", study="t", service="imaging", **told):
    """One instance, numbered like its identifier."""
    return Image(
        service=service,
        study=study,
        series=series,
        instance=f"{series}-{number}",
        number=number,
        **told,
    )


def lack(code, missing, service="imaging", groups=1):
    """What is told of a service."""
    return Incomplete(service=service, code=code, groups=groups, missing=missing)


WHOLE = [image(n, in_series=3, in_study=3, series_in_study=1) for n in (1, 2, 3)]


@pytest.mark.parametrize(
    ("images", "expected"),
    [
        (WHOLE, []),
        ([*WHOLE, *WHOLE], []),
        ([image(1)], []),
        (WHOLE[:2], [lack("DCM-019", 1)]),
        ([image(1), image(4)], [lack("DCM-020", 2)]),
        ([image(n, in_study=5) for n in (1, 2)], [lack("DCM-019", 3)]),
        ([image(1, series_in_study=2)], [lack("DCM-019", 1)]),
        ([image(1, series="a"), image(3, series="a"), image(1, series="b"), image(5, series="b")],
         [lack("DCM-020", 4, groups=2)]),
        ([image(1), image(3), Image(service="imaging", study="t", series="s", instance="x")], []),
        ([image(1), image(3, service="heart")], []),
    ],
    ids=range(10),
)  # fmt: skip
def test_missing_images_are_counted(images, expected):
    """By what a series tells, what a study tells, and gaps where each image has its own number."""
    assert expected == judge(images)


def test_a_directory_names_what_its_medium_holds():
    """Images that a DICOMDIR names and the source lacks are missing."""
    named = Directory(service="imaging", names=frozenset({"s-1", "s-2", "s-9"}))

    assert [lack("DCM-021", 2)] == judge([image(1)], [named])


def test_what_is_told_comes_back_from_an_event():
    """The rebuilt catalogue says the same."""
    told = lack("DCM-020", 2)

    assert told == incomplete_of(told.told)
    assert ("studies", b"imaging", "DCM-020") == (
        told.stored().kind,
        told.stored().key,
        told.stored().alarm,
    )
