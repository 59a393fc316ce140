"""The checks that every environment must pass find what they are for: no spoiled skeleton passes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from agenttuning.new_environment import write
from environments.conformance import check
from environments.contract import UserError

EARNED = "float(int(found[-1]) == self._answer)"


def spoiled(name: str, folder: Path, patch: pytest.MonkeyPatch, *changes: tuple[str, str]) -> str:
    """The skeleton with some of its text changed, in the folder that one works in; a new `name`, for it is imported."""
    write(name, folder)
    file = folder / f"{name}.py"
    text = file.read_text()
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    file.write_text(text)
    patch.chdir(folder)
    return name


def test_the_practice_environment_is_one_but_counts_alike_in_all_splits() -> None:
    check("practice", generate=3, splits=False)
    with pytest.raises(AssertionError, match="tasks of train and of test have one id"):
        check("practice", generate=3)


@pytest.mark.parametrize(
    ("name", "changes", "said"),
    [
        (
            "generous",
            [("status=Status.VALIDATION_FAILED, reward=0.0", "status=Status.COMPLETED, reward=1.0")],
            "alone earns 1",
        ),
        ("half_paid", [(EARNED, "0.5")], "the reference earns 0.5"),
        ("unjudged", [(f"reward={EARNED}, ", "")], "the reference earns 0"),
        (
            "one_sided",
            [("+ trains(split)", ""), ("{split}/", ""), ("-{split}", "-{len(split)}")],
            "tasks of test are tasks of train",
        ),
        ("fickle", [('"expected": self._answer', '"expected": random.random()')], "two plays of the reference differ"),
        ("silent", [("return [Message(", "return [] and [Message(")], "an empty opening"),
        (
            "endless",
            [
                (
                    f"return Feedback(status=Status.COMPLETED, reward={EARNED}, details=details)",
                    'return Feedback("Go on.")',
                )
            ],
            "the reference does not end",
        ),
    ],
)
def test_what_is_wrong_is_found(
    name: str, changes: list[tuple[str, str]], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoiled(name, tmp_path, monkeypatch, *changes)
    with pytest.raises(AssertionError, match=said):
        check(name, generate=2)


def test_a_reply_that_raises_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spoiled("strict", tmp_path, monkeypatch, ("found = ANSWER", "found = reply.encode() and ANSWER"))
    with pytest.raises(UnicodeEncodeError):
        check("strict", generate=1)


def test_a_family_that_is_not_known_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from environments.registry import registered

    home = registered(spoiled("untouched", tmp_path, monkeypatch))
    with pytest.raises(UserError, match="unknown family 'summ' of untouched: did you mean 'sum'"):
        list(home.generate(1, 0, "train", ["summ"]))
