"""Both dialects mean the same: what a reference writes and what it calls are one action; a bad call is told."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from environments.database import tool_calls as database
from environments.database.grammar import parse as database_move
from environments.database.judge import judge_answer
from environments.message import ToolCall
from environments.operating_system import tool_calls as shell
from environments.operating_system.grammar import parse as shell_action
from environments.practice import tool_calls as practice
from environments.registry import all_registered
from environments.tool_calls import NUMBER, TEXT, TEXTS, WHOLE, YES_OR_NO, BadCall, Schema, read, tool
from environments.webshop import tool_calls as webshop
from environments.webshop.grammar import find_action
from environments.webshop.grammar import parse as shop_move

TOOLS = (tool("look", "Look.", at=(TEXT, "where")), tool("name", "Name them.", all=(TEXTS, "which")))


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (ToolCall("1", "see", "{}"), "There is no tool 'see'. Call one of the tools: look, name."),
        (ToolCall("1", "look", "at x"), "The arguments of look are no JSON object."),
        (ToolCall("1", "look", '{"where": "x"}'), "look needs 'at', a text."),
        (ToolCall("1", "look", '{"at": 3}'), "look needs 'at', a text."),
        (ToolCall("1", "name", '{"all": ["a", 1]}'), "name needs 'all', a list, each a text."),
    ],
)
def test_a_bad_call_says_what_is_wrong(call: ToolCall, said: str) -> None:
    with pytest.raises(BadCall) as found:
        read(call, TOOLS)
    assert said in str(found.value)


@pytest.mark.parametrize(
    ("schema", "right", "wrong", "said"),
    [
        (WHOLE, "3", "true", "a whole number"),
        (NUMBER, "0.5", '"0.5"', "a number"),
        (YES_OR_NO, "false", "0", "true or false"),
        ({"type": "string", "enum": ["up", "down"]}, '"up"', '"left"', "one of up, down"),
        ({"type": "array", "items": WHOLE}, "[1, 2]", "[1, 2.5]", "a list, each a whole number"),
    ],
)
def test_arguments_are_of_the_type_that_their_schema_says(schema: Schema, right: str, wrong: str, said: str) -> None:
    one = (tool("go", "Go.", to=(schema, "where")),)
    read(ToolCall("1", "go", f'{{"to": {right}}}'), one)
    with pytest.raises(BadCall, match=said):
        read(ToolCall("1", "go", f'{{"to": {wrong}}}'), one)


@pytest.mark.parametrize("schema", [{"enum": ["a"]}, {"type": "object"}, {"type": "array"}])
def test_a_schema_that_nobody_checks_is_refused_when_the_tool_is_made(schema: Schema) -> None:
    with pytest.raises(ValueError, match="go: 'to' is none of string"):
        tool("go", "Go.", to=(schema, "where"))


@given(st.text(), st.text())
def test_any_call_is_read_or_told(name: str, arguments: str) -> None:
    for call in (ToolCall("1", name, arguments), ToolCall("1", "look", arguments)):
        with suppress(BadCall):
            assert isinstance(read(call, TOOLS)["at"], str)


def test_what_is_superfluous_is_left_out() -> None:
    assert read(ToolCall("1", "look", '{"at": "x", "why": 1}'), TOOLS) == {"at": "x"}


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\r"), min_size=1))
def test_a_script_reaches_the_shell_as_it_was_written(script: str) -> None:
    reply = f"Think: why\n\nAct: bash\n\n```bash\n{script}\n```"
    said = shell.reference(reply)
    assert shell.action(said.tool_calls[0], True) == shell_action(reply)
    assert said.content == "why"


@pytest.mark.parametrize("reply", ["Think: done\n\nAct: finish", "Think: it is 3\n\nAct: answer(3)"])
def test_the_ends_of_a_shell_task_are_one_in_both(reply: str) -> None:
    assert shell.action(shell.reference(reply).tool_calls[0], True) == shell_action(reply)


def test_a_statement_and_an_answer_are_one_in_both() -> None:
    operation = "I look.\nAction: Operation\n```sql\nSELECT `a` FROM t WHERE b = '\"';\n```"
    assert database.move(database.reference(operation).tool_calls[0], True) == database_move(operation)
    answer = 'That is it.\nAction: Answer\nFinal Answer: ["1", "it\'s \\"x\\""]'
    move = database.move(database.reference(answer).tool_calls[0], True)
    assert not isinstance(move, str)
    assert judge_answer(move.answer or "", ["1", 'it\'s "x"'])


@pytest.mark.parametrize("action", ["search[red shoes, size 9]", "click[B07XYZ]", "click[< prev]", "click[Buy Now]"])
def test_an_action_in_the_shop_is_one_in_both(action: str) -> None:
    reply = f"Thought:\nI go on.\n\nAction:\n{action}"
    found = find_action(reply, "old")
    assert found is not None
    assert webshop.move(webshop.reference(reply).tool_calls[0], "old", True) == shop_move(found)


def test_every_environment_of_ours_has_tools_and_a_reference_that_calls_them() -> None:
    for name, home in all_registered().items():
        assert home.settings_type.model_fields["dialect"].default == "text", name
        assert home.reference_call
    assert practice.reference("I go on counting.\nSay: 3").tool_calls == (ToolCall("call", "say", '{"what":"3"}'),)


def test_text_that_calls_nothing_is_answered_where_tools_are_offered_and_ends_it_where_not() -> None:
    assert shell.action("Hello?", True).kind == "mistake"
    assert shell.action("Hello?", False).kind == "unusable"
    assert "No tool was called" in str(database.move("Hello?", True))
    assert "No tool was called" in str(webshop.move("Hello?", "old", True))
    assert webshop.move("Hello?", "old", False) is None
