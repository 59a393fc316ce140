"""Judges that fall for a cheat are found; those that do not, and the environments here, pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from environments.cheats import ON_A_MACHINE, cheats, check_cheats
from environments.contract import Task
from environments.message import Message
from tests.environments.test_conformance import EARNED, spoiled

ANY_WORD = (r"(-?\d{1,18})", r"(\S+)")


def test_an_honest_judge_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check_cheats(spoiled("honest", tmp_path, monkeypatch), generate=3)
    check_cheats("practice", generate=3)


@pytest.mark.parametrize(
    ("name", "changes", "said"),
    [
        (
            "by_pattern",
            [ANY_WORD, (EARNED, "float(bool(re.match(re.sub(r'^[*]', '.*', found[-1]), str(self._answer))))")],
            r"'\*' in the place of field 'answer' earns 1",
        ),
        (
            "by_name",
            [ANY_WORD, (EARNED, 'float(str(details.get("expected")) == str({"answer": self._answer}.get(found[-1])))')],
            "'answer' in the place of field 'answer' earns 1",
        ),
        (
            "not_a_number",
            [ANY_WORD, (EARNED, "float('NaN' in found[-1] and not abs(float(found[-1]) - self._answer) > 0)")],
            "'NaN' in the place of field 'answer' earns 1",
        ),
        (
            "told",
            [
                ('task.payload["question"])', 'task.payload["question"] + f" Not {task.payload[\'answer\'] + 1}?")'),
                ("found = ANSWER.findall(reply)", "found = re.findall(r'\\d+', reply)"),
                (EARNED, "float(str(self._answer + 1) in found)"),
            ],
            "its own opening earns 1",
        ),
        (
            "polite",
            [("status=Status.VALIDATION_FAILED, reward=0.0", "status=Status.COMPLETED, reward=float('\\0' in reply)")],
            "hostile text 2 earns 1",
        ),
    ],
)
def test_a_judge_that_falls_for_a_cheat_is_found(
    name: str, changes: list[tuple[str, str]], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoiled(name, tmp_path, monkeypatch, *changes)
    with pytest.raises(AssertionError, match=said):
        check_cheats(name, generate=1)


def test_cheats_have_the_form_of_the_right_answer_and_never_are_it() -> None:
    payload = {"question": "What is 1 + 41?", "answer": {"number": 42, "unit": "TRUE", "near": [41, None, " "]}}
    task = Task(id="one", environment="sums", split="train", source="test", payload=payload)
    found = dict(
        cheats(task, [Message("user", "What is 1 + 41?")], "Is it 142?\nAnswer: 42, TRUE", lambda code: [code])
    )
    assert found["'*' in the place of field 'number'"] == ("Is it 142?\nAnswer: *, TRUE",) * 3
    assert found["'{unit}' in the place of field 'unit'"][0] == "Is it 142?\nAnswer: 42, {unit}"
    assert "'true' in the place of field 'unit'" not in found
    assert not [what for what in found if "of field 'near'" in what and what.startswith("'")]
    assert {what: replies[0] for what, replies in found.items() if what in ON_A_MACHINE} == ON_A_MACHINE
