"""What a reply means, checked against the reference's own regular expressions, and what the agent reads."""

from __future__ import annotations

import itertools
import json
import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from environments.contract import UserError
from environments.knowledge_graph import grammar
from environments.knowledge_graph.programs.reading import ARITY, arguments, called_names, other_readings
from environments.message import Message

MARKS = [
    "Action",
    "Action:",
    "Action 1:",
    "Final Answer: #",
    "Find Answer: #",
    "Observation:",
    "\n",
    " ",
    ",",
    "(",
    ")",
    "\\_",
    "_",
]
WORDS = [
    "0",
    "12",
    "#0",
    "#1",
    "count",
    "get_relations(",
    "get_neighbors(#0, a.b)",
    "intersection(#0,  #1)",
    "x y",
    "é",
    "\u2028",
    "variable ",
    "٣",
]
PIECES = st.sampled_from([*MARKS, *WORDS])
REPLIES = st.lists(PIECES, max_size=20).map("".join)


@given(REPLIES | st.text())
def test_parse_finds_what_the_references_expressions_find(reply: str) -> None:
    move = grammar.parse(reply)
    text = reply.split("Observation:")[0].replace("\\_", "_")
    answers = re.findall(r"(?:Find|Final) Answer: #(\d+)", text)
    lines = [line for line in text.split("\n") if re.match(r"Action.*?:", line)]
    if answers:
        assert move.answer == (int(answers[0]) if len(answers[0].lstrip("0")) <= grammar.LIMIT_DIGITS else -1)
    else:
        assert move == (None, lines[0] if lines else None)


@given(REPLIES | st.text())
def test_calls_are_read_as_the_references_expressions_read_them(line: str) -> None:
    line = line.replace("\n", " ")
    assert called_names(line) == re.findall(r"(\w+)\(", line)
    for name in {*called_names(line), "count"}:
        found = re.findall(rf"{name}\((.+?)\)", line)
        assert arguments(line, name) == (tuple(re.split(r"\s*,\s*", found[0])) if found else None)


@pytest.mark.parametrize(
    "piece",
    ["Action:", "Final Answer: #", "count(", "x(", "xxxx", "(,", ")", " ", "\n", "Observation", "get_neighbors(a, "],
)
def test_parsing_takes_linear_time(piece: str) -> None:
    started = time.process_time()
    reply = "Action: " + piece * 200_000
    move = grammar.parse(reply)
    if move.line is not None:
        called_names(move.line)
        for name in ARITY:
            arguments(move.line, name)
            list(other_readings(move.line, name))
    assert time.process_time() - started < 5  # the reference's expressions need hours


def test_a_final_answer_wins_over_an_action() -> None:
    assert grammar.parse("Action: count(#0)\nFinal Answer: #2, then #3").answer == 2
    assert grammar.parse("Observation: Final Answer: #2") == (None, None)
    assert grammar.parse("Final Answer: #" + "9" * 10_000).answer == -1


def test_the_observations_are_the_references() -> None:
    assert (
        grammar.call_failed("count", ["#9"])
        == "count(#9) cannot be executed. You may make a mistake and need to fix it."
    )
    assert (
        grammar.call_failed("intersection", ["#0", "#1"])
        == "intersection(#0, #1) cannot be executed. The two variables are not of the same type. "
        "You may further explore them by call get_relations"
    )
    assert (
        grammar.syntax_error("count")
        == "I may make a syntax error when calling count (e.g., unmatched parenthesis). I need to fix it and reuse the"
        " tool"
    )
    assert grammar.INVALID_ID == "Invalid variable id! Need to recheck the action."
    assert grammar.NO_ACTION == "No executable function found! Need to recheck the action."
    assert grammar.NOT_EXECUTED == "Function is not executed!"
    assert grammar.variable_observation(3, "a.b") == "Observation: variable #3, which are instances of a.b"
    assert grammar.number_observation(0) == "Observation: variable #0, which is a number"
    assert grammar.relations_observation(["a.b", "c.d"]) == "Observation: [a.b, c.d]"


def test_the_opening_is_instruction_demonstration_and_question() -> None:
    messages = grammar.opening("who is it?", {"Ann, B. (x)": "m.0a", "C": "m.0c"})
    assert [message.role for message in messages] == ["user", "assistant"] * 9 + ["user"]
    assert all(message.loss is (False if message.role == "assistant" else None) for message in messages)
    assert messages[-1] == Message("user", "A new question: who is it?\nEntities: [Ann, B. (x), C]")
    assert messages[-2].content.endswith("Final Answer: #3")
    for tool in ARITY:
        assert (f"{tool}(" in messages[0].content) == (tool != "union")


def test_prompts_of_the_users_own_replace_ours(tmp_path: Path) -> None:
    (tmp_path / "instruction.txt").write_text("The original.\n")
    (tmp_path / "demonstration.txt").write_text(
        "=== assistant ===\nOk.\n=== user ===\nq\n=== assistant ===\nFinal Answer: #0\n"
    )
    messages = grammar.opening("who?", {}, str(tmp_path))
    assert [message.content for message in messages[:4]] == ["The original.", "Ok.", "q", "Final Answer: #0"]
    (tmp_path / "demonstration.txt").write_text("=== user ===\nq\n")
    grammar._prefix.cache_clear()
    with pytest.raises(UserError, match="turns must alternate"):
        grammar.opening("who?", {}, str(tmp_path))
    with pytest.raises(UserError, match=r"nowhere.*cannot read this prompt"):
        grammar.opening("who?", {}, "nowhere")


def test_published_trajectories_are_read_as_they_were(questions: Path) -> None:
    records = (
        json.loads(line) for line in (questions.parents[1] / "agentinstruct" / "samples.jsonl").read_text().splitlines()
    )
    messages = [message for record in records if record["id"].startswith("kg_") for message in record["conversations"]]
    read = 0
    for message, after in itertools.pairwise(messages):
        if message["role"] != "assistant" or not after["content"].startswith(("Observation: ", *ARITY)):
            continue
        line = grammar.parse(message["content"]).line
        assert line is not None
        name = called_names(line)[-1]
        found = arguments(line, name)
        assert found is not None
        read += 1
        if after["content"].startswith(name):
            assert after["content"] == grammar.call_failed(name, found)
        else:
            assert len(found) == ARITY[name]
    assert read > 60
