"""The record: what version 2 added, and that version 1 is read."""

from __future__ import annotations

import json

import msgspec
import pytest

from actors.llms.llm import Reply
from actors.program.user_error import UserError
from actors.records.trajectory import SCHEMA_VERSION, Branch, Label, Verdict, decode, encode
from environments.contract import Status
from environments.message import ImagePart, Message, TextPart, ToolCall
from tests.actors.played import played

CALL = ToolCall("call-1", "execute_shell", '{"script": "ls"')  # cut off: as the model wrote it
TOOLS = (
    Message("user", "How many?"),
    Message("assistant", "", True, "A look first.", (CALL,)),
    Message("tool", "a b c", tool_call_id="call-1"),
    Message("user", "See.", parts=(TextPart("See."), ImagePart("data:image/png;base64,AA=="))),
    Message("assistant", "Three.", True),
)


def test_all_that_version_2_added_survives_encoding() -> None:
    whole = played(
        messages=list(TOOLS),
        status=Status.AWAITS_JUDGEMENT,
        reward=None,
        verdicts=(Verdict("rubric", 0.5, 3, {"why": "half"}), Verdict("second")),
        branch=Branch("e-1", 4),
    )
    turn = msgspec.structs.replace(whole.turns[0], labels=(Label("useful", True, "anna"), Label("step", 0.25, "prm")))
    whole = msgspec.structs.replace(whole, turns=[turn])
    assert decode(encode(whole)) == whole


def test_every_line_says_its_version_and_a_reader_of_version_1_refuses_it() -> None:
    assert json.loads(encode(played()))["schema_version"] == SCHEMA_VERSION == 2


def test_a_line_of_version_1_which_names_no_version_is_read() -> None:
    line = (
        b'{"episode_id":"e","run_id":"r","task_id":"t","environment":"practice","split":"train","source":"generated",'
        b'"family":"","attempt":0,"llm":"m","messages":[{"role":"user","content":"q"},'
        b'{"role":"assistant","content":"a","loss":true}],"turns":[{"message":1}],"status":"completed","reward":1.0}'
    )
    found = decode(line)
    assert (found.reward, found.status, found.verdicts, found.branch) == (1.0, Status.COMPLETED, (), None)
    assert found.messages[1] == Message("assistant", "a", True)
    assert found.turns[0].labels == ()


def test_a_newer_schema_is_refused() -> None:
    with pytest.raises(UserError, match="newer"):
        decode(encode(msgspec.structs.replace(played(), schema_version=99)))
    with pytest.raises(UserError, match="schema 3 is newer"):
        decode(b'{"status":"an ending that is not known yet","schema_version":3}')


def test_a_reply_becomes_the_agents_message_with_all_that_it_has() -> None:
    reply = Reply("", reasoning="A look first.", tool_calls=(CALL,))
    assert reply.message == TOOLS[1]
