"""The example of an environment outside the package: it plays like one of ours, in a folder of its own."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.records.store import Store
from environments.contract import Status, Task
from environments.registry import RegisteredEnvironment, registered
from environments.rows import BadRow

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "gsm8k"


@pytest.fixture(scope="module")
def home() -> Iterator[RegisteredEnvironment]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(EXAMPLE))
        patch.chdir(EXAMPLE)
        yield registered("gsm8k")


def judged(home: RegisteredEnvironment, task: Task, reply: str) -> tuple[Status | None, float | None]:
    async def play() -> tuple[Status | None, float | None]:
        environment: Any = home.environment(home.settings_type())
        session = await environment.connect(await environment.lease(task, "lease"), task)
        feedback = await session.step(reply)
        return feedback.status, feedback.reward

    return asyncio.run(play())


def test_the_reference_earns_1_and_other_answers_0(home: RegisteredEnvironment) -> None:
    for task in home.load("rows.jsonl", "test"):
        assert judged(home, task, home.reference_reply(task, [])) == (Status.COMPLETED, 1.0)
        assert judged(home, task, "Answer: 7") == (Status.COMPLETED, 0.0)
        assert judged(home, task, "It is 7, I think.") == (Status.VALIDATION_FAILED, 0.0)


@pytest.mark.parametrize("said", ["Answer: 22500", "answer: 22,500.", "Answer: 1\nAnswer: $22500.00"])
def test_a_number_is_read_as_people_write_it(home: RegisteredEnvironment, said: str) -> None:
    *_, task = home.load("rows.jsonl", "test")
    assert judged(home, task, said) == (Status.COMPLETED, 1.0)


@given(st.text() | st.text(alphabet="answer: 0123456789.,$+-\n").map("Answer: {}".format))
def test_any_reply_is_judged(home: RegisteredEnvironment, reply: str) -> None:
    task = next(home.load("rows.jsonl", "test"))
    assert judged(home, task, reply)[1] in (0.0, 1.0)


def test_a_row_that_is_no_task_is_named(home: RegisteredEnvironment, tmp_path: Path) -> None:
    path, bad = tmp_path / "rows.jsonl", list[BadRow]()
    path.write_text(
        '{"question": "q", "answer": "#### 4"}\n{"question": "q", "answer": "four"}\n[]\n{"answer": "#### 4"}\n'
    )
    assert len(list(home.load(str(path), "test", bad.append))) == 1
    assert [str(row).removeprefix(f"{path}:") for row in bad] == [
        "2, field 'answer': found \"four\", expected a text that ends in '#### NUMBER'",
        "3: found [], expected an object",
        "4, field 'question': found nothing, expected a text",
    ]


def test_what_a_dry_run_prices_is_the_question_and_not_the_answer(home: RegisteredEnvironment) -> None:
    task = next(home.load("rows.jsonl", "test"))
    (message,) = home.opening(task, home.settings_type())
    assert message.content.endswith("How many rolls are left?")
    assert "22" not in message.content


@pytest.mark.ray
def test_it_is_rolled_out_filtered_and_exported_from_its_own_folder(tmp_path: Path) -> None:
    folder = shutil.copytree(EXAMPLE, tmp_path / "own")

    def agenttuning(*words: str) -> str:
        command = [str(Path(sys.executable).parent / "agenttuning"), *words]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    agenttuning("rollout", "rollout.yaml")
    played = list(Store(str(folder / "runs" / "gsm8k")).trajectories())
    assert [(t.environment, t.environment_version.judge, t.reward) for t in played] == [("gsm8k", 1, 1.0)] * 3
    agenttuning("filter", "runs/gsm8k")
    assert "gsm8k" in agenttuning("export", "runs/gsm8k/filtered")
