"""What the agent reads: examples, questions, and texts of the user's own."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from environments.contract import UserError
from environments.mind2web.grammar import parse
from environments.mind2web.opening import opening
from environments.mind2web.settings import Settings
from tests.environments.mind2web.small import step, task

DATA = Path(os.environ.get("AGENTTUNING_DATA") or Path(__file__).parents[4] / "shared" / "data")
ORIGINAL = DATA / "agentbench" / "mind2web" / "llm_prompt_cot.json"
ASKED = re.compile(
    r"'''\n(?P<page>.*)\n'''\n(?P<before>[^\0]*?)Task: (?P<task>.*)\n"
    r"Previous actions:\n(?P<previous>None|(?:\[.*\n)*\[.*)\n"
    r"(?P<question>[^\0]*?\n\n)(?P<choices>A\. .*(?:\n[B-F]\. .*)*)(?P<end>\n?)"
)
"""AgentBench's question in its parts."""
TEMPLATE = "{page}|{task}|{previous_actions}|{choices}"


def folder(tmp_path: Path, **files: str) -> str:
    for name, text in files.items():
        (tmp_path / name.replace("_", ".")).write_text(text)
    return str(tmp_path)


def test_three_examples_stand_before_the_question_and_are_not_trained_on() -> None:
    messages = opening(task(), Settings())
    assert [message.role for message in messages] == ["user", "assistant"] * 3 + ["user"]
    assert [message.loss for message in messages] == [None, False] * 3 + [None]


def test_the_examples_answer_in_the_grammar_once_with_none_of_the_above() -> None:
    answers = [parse(message.content) for message in opening(task(), Settings()) if message.role == "assistant"]
    assert [answer.letter for answer in answers] == ["C", "A", "D"]
    assert [answer.action.split()[:1] for answer in answers] == [["SELECT"], [], ["CLICK"]]


def test_a_question_has_page_task_actions_and_choices() -> None:
    of = task(step(candidates="34"), previous=["[link]  Voices -> CLICK"])
    (message,) = opening(of, Settings(demonstration=False))
    assert message.content.startswith("'''\n<html> <ul> ")
    assert "Task: Say three\nPrevious actions:\n[link]  Voices -> CLICK\n" in message.content
    assert (
        "\n\nA. None of the above\nB. <button id=0> Say 3 </button>\nC. <button id=1> Say 4 </button>\n"
        in message.content
    )


@pytest.mark.parametrize(
    ("number", "shown"), [(5, "3\n4\n5\n6\n7"), (2, "6\n7"), (0, "None"), (100, "1\n2\n3\n4\n5\n6\n7")]
)
def test_the_last_previous_actions_are_told(number: int, shown: str, tmp_path: Path) -> None:
    settings = Settings(demonstration=False, previous_actions=number, prompts=folder(tmp_path, question_md=TEMPLATE))
    (message,) = opening(task(previous=[str(each) for each in range(1, 8)]), settings)
    assert message.content.split("|")[2] == shown


def test_fewer_previous_actions_than_are_told_are_all_told(tmp_path: Path) -> None:
    settings = Settings(demonstration=False, prompts=folder(tmp_path, question_md=TEMPLATE))
    assert opening(task(previous=["1", "2", "3"]), settings)[0].content.split("|")[2] == "1\n2\n3"


def test_without_previous_actions_it_says_none(tmp_path: Path) -> None:
    settings = Settings(demonstration=False, prompts=folder(tmp_path, question_md=TEMPLATE))
    assert opening(task(), settings)[0].content.split("|")[2] == "None"


def test_what_a_page_says_is_never_read_as_a_template(tmp_path: Path) -> None:
    of = task(previous=["{choices} {page} {0} {", "\\1 \\g<0>"])
    settings = Settings(demonstration=False, prompts=folder(tmp_path, question_md=TEMPLATE))
    assert opening(of, settings)[0].content.split("|")[2] == "{choices} {page} {0} {\n\\1 \\g<0>"


def test_the_tools_dialect_has_a_template_of_its_own_and_no_examples() -> None:
    (message,) = opening(task(), Settings(dialect="tools"))
    assert "call the tool" in message.content
    assert "Answer:" not in message.content


def test_an_opening_of_the_user_s_own_is_sent_as_it_is(tmp_path: Path) -> None:
    own = [{"role": "user", "content": "q"}, {"role": "agent", "content": "a"}]
    settings = Settings(prompts=folder(tmp_path, opening_json=json.dumps(own), question_md=TEMPLATE))
    assert [message.content for message in opening(task(), settings)[:2]] == ["q", "a"]


@pytest.mark.skipif(not ORIGINAL.exists(), reason=f"no AgentBench prompt at {ORIGINAL}; set AGENTTUNING_DATA")
def test_agentbench_s_own_examples_can_be_the_opening_and_are_read_by_the_grammar(tmp_path: Path) -> None:
    examples = json.loads(ORIGINAL.read_text())[:-1]
    settings = Settings(prompts=folder(tmp_path, opening_json=json.dumps(examples), question_md=TEMPLATE))
    messages = opening(task(), settings)
    assert [message.content for message in messages[:-1]] == [example["content"] for example in examples]
    assert [parse(message.content).letter for message in messages if message.role == "assistant"] == ["C", "A", "D"]


@pytest.mark.skipif(not ORIGINAL.exists(), reason=f"no AgentBench prompt at {ORIGINAL}; set AGENTTUNING_DATA")
def test_agentbench_s_questions_come_out_to_the_byte_from_its_own_words(tmp_path: Path) -> None:
    examples = json.loads(ORIGINAL.read_text())[:-1]
    taken = [ASKED.fullmatch(example["content"]) for example in examples[::2]]
    words = {(found["before"], found["question"], found["end"]) for found in taken if found}
    ((before, question, end),) = words
    asked = "Task: {task}\nPrevious actions:\n{previous_actions}\n"
    template = f"'''\n{{page}}\n'''\n{before}{asked}{question}{{choices}}{end}"
    shown = [
        {
            "page": found["page"],
            "task": found["task"],
            "previous_actions": [] if found["previous"] == "None" else found["previous"].split("\n"),
            "choices": [line[3:] for line in found["choices"].split("\n")[1:]],
            "thought": "x",
            "letter": "A",
        }
        for found in taken
        if found
    ]
    prompts = folder(tmp_path, question_md=f"{template}\n", demonstrations_json=json.dumps(shown))
    messages = opening(task(), Settings(prompts=prompts))
    assert [message.content for message in messages[:6:2]] == [example["content"] for example in examples[::2]]


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({}, "cannot read '.*question.md'"),
        ({"question_md": "{page} {task} {choices}"}, "lacks {previous_actions}"),
        ({"question_md": TEMPLATE}, "cannot read '.*demonstrations.json'"),
        ({"question_md": TEMPLATE, "demonstrations_json": '[{"page": "x"}]'}, "no demonstrations"),
    ],
)
def test_a_folder_that_lacks_something_is_told(files: dict[str, str], told: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=told):
        opening(task(), Settings(prompts=folder(tmp_path, **files)))
