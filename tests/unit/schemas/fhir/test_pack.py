import json

import pytest

from custody.errors import UsageError
from schemas.fhir.definitions import find_definitions
from schemas.fhir.pack import find_models
from tests.corpus.fhir_definitions import structures, terms, write_definitions


def test_the_files_of_the_specification_make_a_model(tmp_path):
    """Types, resources and value sets come from the files of one folder, at any depth."""
    write_definitions(tmp_path / "deep" / "r4")
    (model,) = find_models(tmp_path)
    assert ("4.0.1", {"Patient", "Observation", "Organization"}) == (model.version, model.resources)
    assert (
        frozenset({("", "male"), ("", "female")}) == model.shapes["Patient"].slots["gender"].codes
    )


def test_the_files_of_a_package_make_the_same_model(tmp_path):
    """A package has a file for each definition."""
    write_definitions(tmp_path / "specification")
    package = tmp_path / "package"
    package.mkdir()
    for number, resource in enumerate([*structures(), *terms()]):
        path = package / f"{resource['resourceType']}-{number}.json"
        path.write_text(json.dumps(resource))
    one, other = find_models(tmp_path)
    assert one == other


def test_each_version_has_its_own_model(tmp_path):
    """R4 and R5 are told apart by what the definitions say of themselves."""
    write_definitions(tmp_path / "four", "4.0.1")
    write_definitions(tmp_path / "five", "5.0.0")
    assert {"R4", "R5"} == find_definitions(tmp_path).keys()


def test_a_folder_without_definitions_has_none(tmp_path):
    """Profiles alone, which narrow types that are not there, are no definitions."""
    assert {} == find_definitions(tmp_path)
    profile = structures()[-2]
    (tmp_path / "StructureDefinition-x.json").write_text(json.dumps(profile))
    assert {} == find_definitions(tmp_path)


@pytest.mark.parametrize("content", ["[]", "{", '{"resourceType": "StructureDefinition"}', "{}"])
def test_what_is_no_definition_is_refused_by_name(tmp_path, content):
    """A spoiled pack stops the start: silence would be taken for a second look."""
    write_definitions(tmp_path / "r4")
    (tmp_path / "r4" / "profiles-resources.json").write_text(content)
    with pytest.raises(UsageError, match="r4"):
        find_models(tmp_path)
