"""Old keys of a config."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import pytest
from pydantic import ConfigDict

from actors.program.configuration import check
from actors.program.user_error import UserError
from environments.operating_system.settings import Settings as OperatingSystem
from environments.renamed_keys import RenamedKeys


class Host(RenamedKeys):
    model_config = ConfigDict(extra="forbid", frozen=True)
    RENAMED: ClassVar[Mapping[str, str]] = {"machines": "actors"}
    REMOVED: ClassVar[Mapping[str, object]] = {"colour": "red"}

    actors: int = 1


class Run(RenamedKeys):
    hosts: tuple[Host, ...] = ()


def test_a_renamed_key_counts_and_one_line_names_the_new_one(capsys: pytest.CaptureFixture[str]) -> None:
    found = check({"hosts": [{"machines": 3}, {"machines": 4}]}, Run, "c.yaml")
    assert [host.actors for host in found.hosts] == [3, 4]
    assert capsys.readouterr().err == "c.yaml: 'machines' is called 'actors' now\n"


def test_the_new_name_wins_over_the_old_one() -> None:
    assert check({"machines": 3, "actors": 2}, Host, "c.yaml").actors == 2


def test_a_removed_key_is_read_over_and_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert check({"colour": "red"}, Host, "c.yaml") == Host()
    assert capsys.readouterr().err == "c.yaml: 'colour' has no meaning any more: remove it\n"


def test_a_removed_key_that_asks_for_more_is_refused() -> None:
    with pytest.raises(UserError, match="colour"):
        check({"colour": "blue"}, Host, "c.yaml")


def test_nothing_is_said_of_todays_keys_nor_where_nobody_asked(capsys: pytest.CaptureFixture[str]) -> None:
    check({"actors": 2}, Host, "c.yaml")
    Host.model_validate({"machines": 2})
    assert capsys.readouterr().err == ""


def test_a_config_of_the_operating_system_may_still_say_that_there_is_no_network() -> None:
    assert OperatingSystem.model_validate({"network": False}) == OperatingSystem()
