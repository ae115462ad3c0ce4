"""Without Node the tests on Cosmos DB are skipped by name; where they are required they fail."""

import pytest

from tests.cosmos import emulator
from tests.cosmos.emulator import REQUIRED, assert_there_is_one


@pytest.fixture
def without_node(monkeypatch, tmp_path):
    monkeypatch.delenv(REQUIRED, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    return monkeypatch


def test_without_node_a_test_is_skipped_and_says_what_was_not_tested(without_node):
    with pytest.raises(pytest.skip.Exception, match="Cosmos DB: its emulator needs Node"):
        assert_there_is_one()


def test_where_cosmos_db_is_required_its_absence_is_a_failure(without_node):
    without_node.setenv(REQUIRED, "yes")

    with pytest.raises(pytest.fail.Exception, match="Cosmos DB: its emulator needs Node"):
        assert_there_is_one()


def test_an_emulator_that_is_not_installed_is_told_from_a_node_that_is_missing(monkeypatch, tmp_path):
    monkeypatch.delenv(REQUIRED, raising=False)
    monkeypatch.setattr(emulator, "PROGRAM", tmp_path / "nothing")
    (tmp_path / "node").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(pytest.skip.Exception, match="not installed"):
        assert_there_is_one()
