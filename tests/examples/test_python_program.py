"""The example of an environment that runs code in sandboxes: it is one, and hostile code costs nothing but itself."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from environments.cheats import check_cheats
from environments.conformance import check, opened
from environments.contract import Feedback, Status
from environments.kill_check import check_kill
from environments.registry import RegisteredEnvironment, registered
from tests.environments.sandbox.conftest import absent

EXAMPLE = Path(__file__).parents[2] / "examples" / "python_program"
BACKENDS = [pytest.param("docker", marks=pytest.mark.docker), "bubblewrap"]
pytestmark = pytest.mark.server


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> RegisteredEnvironment:
    monkeypatch.setenv("AGENTTUNING_STATE", str(tmp_path / "state"))
    monkeypatch.syspath_prepend(str(EXAMPLE))
    monkeypatch.chdir(EXAMPLE)
    return registered("python_program")


@pytest.fixture(params=BACKENDS)
def settings(request: pytest.FixtureRequest) -> dict[str, object]:
    if why := absent(request.param):
        pytest.skip(f"no {request.param} sandboxes here: {why}")
    return {"backend": request.param, "warm": 1, "memory_mb": 64, "max_processes": 32, "run_timeout_s": 2}


def program(text: str) -> str:
    return f"```python\n{text}\n```"


def shelled(code: str) -> str:
    return f"import subprocess\nsubprocess.run(['bash', '-c', {code!r}])"


def test_it_is_an_environment(home: RegisteredEnvironment, settings: dict[str, object]) -> None:
    check("python_program", generate=3, settings=settings, wrong=("", "print(0)", program("print(0)")))
    check_cheats("python_program", generate=1, settings=settings, shell=lambda code: [program(shelled(code))])
    check_kill("python_program", settings=settings)


def test_what_a_program_does_to_its_machine_is_its_own_loss(
    home: RegisteredEnvironment, settings: dict[str, object]
) -> None:
    (task,) = home.generate(1, 7, "train", ["sum"])

    async def said(*programs: str) -> list[Feedback]:
        environment = home.environment(home.settings_type.model_validate(settings))
        await environment.start()
        try:
            found = []
            for text in programs:
                async with opened(environment, task) as session:
                    found.append(await session.step(program(text)))
            return found
        finally:
            await environment.stop()

    slow, hungry, killer, loud = asyncio.run(
        said(
            "while True: pass",
            "x = bytearray(1 << 40)",
            "import os\nos.kill(-1, 9)",
            "print('1' * (1 << 24))",
        )
    )
    assert [one.reward for one in (slow, hungry, killer, loud)] == [0.0] * 4
    assert {slow.status, hungry.status, loud.status} == {Status.COMPLETED}
