"""ALFWorld's rules in both dialects, and what is said where they are not installed."""

from __future__ import annotations

import pytest

from environments.alfworld import logic
from environments.alfworld.environment import Alfworld
from environments.alfworld.logic import rules
from environments.alfworld.settings import Settings
from environments.contract import UserError


@pytest.mark.usefixtures("textworld")
def test_both_dialects_are_the_installed_grammar() -> None:
    agentbenchs, todays = rules("put"), rules("move")
    assert agentbenchs.domain == todays.domain
    assert 'template :: "put {o} in/on {r}"' in agentbenchs.grammar
    assert 'template :: "move {o} to {r}"' in todays.grammar
    assert '"You arrive at {lend.name}. ' in agentbenchs.grammar
    for word in ("move {o}", "You move", "arrive at {r.name}"):
        assert word in todays.grammar
        assert word not in agentbenchs.grammar


async def test_a_package_that_is_missing_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logic, "PACKAGES", ("json", "no_such_textworld"))
    with pytest.raises(UserError) as error:
        await Alfworld(Settings()).start()
    assert str(error.value) == "alfworld needs no_such_textworld, not installed here: run '.ci/install-alfworld'"
