"""The Python API: what the commands do, as functions."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import agenttuning
from actors.program.version import version
from environments.registry import registered

ROOT = Path(__file__).parents[2]
HEAVY = ("ray", "torch", "transformers", "pydantic", "msgspec")


def test_importing_it_imports_nothing_else_and_every_name_is_found() -> None:
    program = f"import sys, agenttuning; print([name for name in {HEAVY} if name in sys.modules])"
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert ended.stdout == "[]\n"
    for name in agenttuning.__all__:
        assert getattr(agenttuning, name) is not None
    assert agenttuning.__version__ == version()
    assert not hasattr(agenttuning, "rolout")


async def test_a_session_is_stepped_by_hand() -> None:
    (task,) = agenttuning.tasks("practice", 1, seed=3)
    async with agenttuning.open_session("practice", task) as session:
        messages = list(session.opening)
        for _ in range(40):
            reply = registered("practice").reference_reply(task, messages)
            feedback = await session.step(reply)
            if feedback.final:
                break
            messages += [
                agenttuning.Message("assistant", reply, loss=True),
                agenttuning.Message("user", feedback.observation),
            ]
    assert feedback.status is agenttuning.Status.COMPLETED
    assert feedback.reward == 1


async def test_a_mistake_in_an_environments_settings_is_named() -> None:
    (task,) = agenttuning.tasks("practice", 1)
    with pytest.raises(agenttuning.UserError, match=r"practice.settings: unknown key 'hostd': did you mean 'hosted'"):
        async with agenttuning.open_session("practice", task, {"hostd": True}):
            pass


def test_mistakes_in_a_config_are_raised_as_the_commands_tell_them(tmp_path: Path) -> None:
    with pytest.raises(agenttuning.UserError, match="cannot read config"):
        agenttuning.rollout(tmp_path / "nowhere.yaml")
    with pytest.raises(agenttuning.UserError, match="cannot read config"):
        agenttuning.train(tmp_path / "nowhere.yaml")
    with pytest.raises(agenttuning.UserError, match="cannot read config"):
        agenttuning.evaluate(tmp_path / "nowhere.yaml", "reference", tmp_path / "out")


@pytest.mark.ray
def test_a_rollout_and_an_evaluation_give_what_they_wrote(tmp_path: Path) -> None:
    config = {
        "store": str(tmp_path / "run"),
        "tasks": [{"environment": "practice", "generate": 2}],
        "llm": {"kind": "reference"},
    }
    (tmp_path / "c.yaml").write_text(json.dumps(config))
    suite = {"name": "tiny", "columns": {"new": [{"environment": "practice", "generate": 2}]}}
    (tmp_path / "suite.yaml").write_text(json.dumps(suite))
    store = agenttuning.rollout(tmp_path / "c.yaml", "attempts=2")
    assert [trajectory.reward for trajectory in store.trajectories()] == [1.0] * 4
    evaluation = agenttuning.evaluate(tmp_path / "suite.yaml", "reference", tmp_path / "evaluation")
    assert len(evaluation.episodes) == 2
