"""The run's store: every episode once, the settled record first."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from actors.episodes.journal import Journal, JournalledTurn, Replay, read_journal, spent
from actors.files.append_log import FrameWriter
from actors.llms.llm import Reply
from actors.program.user_error import UserError
from actors.records.store import Store
from actors.records.trajectory import Trajectory, Usage, decode, encode, episode_id
from environments.contract import Status, Task
from environments.message import Message


def trajectory(episode: str, status: Status = Status.COMPLETED, reward: float | None = 1.0) -> Trajectory:
    messages = [Message("user", "go"), Message("assistant", "gone", loss=True)]
    task = ("run", "task", "practice", "train", "generated", "count")
    return Trajectory(episode, *task, 0, "reference", messages, [], status, reward=reward)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(str(tmp_path / "run"))
    store.create({"schema_version": 1, "run_id": "run"})
    return store


async def test_the_settled_record_counts_and_each_episode_is_read_once(store: Store):
    writer, later = store.writer(0.01), store.writer(0.01)
    await writer.append(trajectory("a", Status.ENVIRONMENT_ERROR, None))
    await writer.append(trajectory("b", Status.PROVIDER_ERROR, None))
    await later.append(trajectory("a"))
    await later.append(trajectory("a", Status.TASK_LIMIT, 0.0))
    found = {t.episode_id: t for t in store.trajectories()}
    assert len(list(store.trajectories())) == 2
    assert found["a"].status is Status.COMPLETED
    assert not store.index()["b"].settled


def test_a_record_survives_encoding_and_what_is_none_is_refused():
    record = trajectory("a")
    assert decode(encode(record)) == record
    with pytest.raises(UserError, match="not a trajectory"):
        decode(b"{}")


def test_a_folder_without_a_run_is_one_line(tmp_path: Path):
    with pytest.raises(UserError, match="holds no run"):
        Store.open(str(tmp_path))


def test_an_episode_id_depends_on_everything_that_matters_and_on_nothing_else():
    task = Task("t", "practice", "train", "generated", {"rounds": 3, "noise": False})
    same = Task("t", "practice", "train", "generated", {"noise": False, "rounds": 3})
    assert episode_id(task, 0, {"a": 1, "b": 2}, {}) == episode_id(same, 0, {"b": 2, "a": 1}, {})
    others = {
        episode_id(task, 1, {}, {}),
        episode_id(task, 0, {"model": "x"}, {}),
        episode_id(task, 0, {}, {"max_turns": 1}),
    }
    assert len(others | {episode_id(task, 0, {}, {})}) == 4


async def test_the_journal_gives_back_the_last_play(store: Store):
    first, second = Journal(store, 0.01), Journal(store, 0.01)
    first.reply("e", 0, 0, Reply("void"))
    first.reply("e", 1, 0, Reply("one", usage=Usage(1, 0, 1, 0.5)))
    first.observation("e", 1, 0, 0, "seen")
    await first.close()
    second.reply("e", 1, 1, Reply("two", usage=Usage(1, 0, 1, 0.25)))
    second.reply("other", 0, 0, Reply("x"))
    await second.close()
    replay = read_journal(store, lambda episode: episode == "e")["e"]
    assert replay.play == 1
    assert [(turn.reply.text, turn.observations) for turn in replay.turns] == [("one", ("seen",)), ("two", ())]
    assert spent(store) == pytest.approx(0.75)


async def test_a_play_that_lost_a_reply_in_its_middle_is_begun_anew_and_never_mixed_with_what_followed(store: Store):
    journal = Journal(store, 0.01)
    for turn in (0, 1, 3):
        journal.reply("e", 1, turn, Reply(f"reply {turn}"))
    await journal.close()
    assert read_journal(store, lambda _: True) == {"e": Replay(2, [])}


async def test_records_behind_a_damaged_one_are_read_and_the_damage_is_told(
    store: Store, caplog: pytest.LogCaptureFixture
):
    writer = store.writer(0.001)
    for n in range(20):
        await writer.append(trajectory(f"e{n}"))
    await writer.close()
    (shard,) = (Path(store.url) / "trajectories").iterdir()
    content = bytearray(shard.read_bytes())
    content[len(content) // 3] ^= 1
    shard.write_bytes(content)
    reader = Store.open(store.url)
    assert len(reader.index()) == 19
    assert len(list(reader.trajectories())) == 19
    (told,) = [record.message for record in caplog.records]
    assert told.startswith(f"'{shard}' is damaged: 1 or more frames")


async def test_a_line_that_is_no_record_is_left_out_and_told(store: Store, caplog: pytest.LogCaptureFixture):
    stray = FrameWriter(store.folder, "trajectories", "stray")
    stray.write([b"not a record", b"{}", encode(trajectory("a"))])
    stray.close()
    assert set(store.index()) == {"a"}
    assert len(caplog.records) == 2


async def test_a_shard_that_cannot_be_read_is_one_line(store: Store):
    (Path(store.url) / "trajectories" / "x.jsonl.zst").mkdir()
    with pytest.raises(UserError, match=r"cannot read '.*x.jsonl.zst'"):
        store.index()


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/run", __file__])
def test_what_cannot_be_read_as_a_run_is_one_line(url: str):
    with pytest.raises(UserError):
        Store.open(url)


async def test_one_lost_writers_shards_are_enough_to_go_on(store: Store):
    """What a lost actor journalled and recorded is found by its name, and joined with what it was given to replay."""
    ours, others = Journal(store, 0.01, "llm-0-0-x"), Journal(store, 0.01, "llm-0-01-x")
    ours.reply("e", 2, 1, Reply("new"))
    ours.reply("f", 3, 0, Reply("from its beginning"))
    others.reply("e", 2, 2, Reply("not ours"))
    await ours.close()
    await others.close()
    known = {
        "e": Replay(2, [JournalledTurn(Reply("old"), ("seen",))]),
        "f": Replay(2, [JournalledTurn(Reply("void"))]),
        "g": Replay(0, [JournalledTurn(Reply("not begun"))]),
    }
    replays = read_journal(store, lambda _: True, "llm-0-0-x", known)
    assert [turn.reply.text for turn in replays["e"].turns] == ["old", "new"]
    assert (replays["f"].play, [turn.reply.text for turn in replays["f"].turns]) == (3, ["from its beginning"])
    assert replays["g"] == known["g"]
    writer = store.writer(0.01, "llm-0-0-x")
    await writer.append(trajectory("e"))
    assert set(store.index("llm-0-0-x")) == {"e"}
    assert store.index("llm-0-01-x") == {}


def test_a_new_start_waits_until_the_writers_of_an_earlier_one_are_gone(store: Store):
    code = "import time; from actors.records.store import Store; "
    code += f"Store({store.url!r}).join_writers(); print('held', flush=True); time.sleep(60)"
    writer = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert writer.stdout is not None
    writer.stdout.readline()
    with pytest.raises(UserError, match="still write"):
        store.wait_for_writers(limit_s=0.2)
    writer.kill()
    writer.wait()
    store.wait_for_writers(limit_s=5)


async def test_what_the_journal_lost_is_told_at_its_end_whatever_was_written_since(
    store: Store, caplog: pytest.LogCaptureFixture
):
    journal, folder = Journal(store, 0.01), Path(store.url)
    (folder / "journal").rename(folder / "elsewhere")
    journal.reply("e", 0, 0, Reply("lost"))
    await asyncio.sleep(0.1)
    (folder / "elsewhere").rename(folder / "journal")
    journal.reply("e", 0, 1, Reply("kept"))
    await journal.close()
    assert isinstance(journal.fault, OSError)
    assert "not all in the journal" in caplog.text


def test_what_a_killed_driver_was_writing_goes_with_the_next_claim(store: Store):
    draft = Path(store.url) / "status.json.12345.draft"
    draft.touch()
    others = [Path(store.url) / name for name in (".filtered.host-12345.draft", "status.json.1.draft", "notes.draft")]
    for other in others[:2]:
        other.mkdir()
    others[2].touch()
    store.claim()
    assert not draft.exists()
    assert all(other.exists() for other in others), "another command's drafts, and the user's, are not the run's"
    assert store.manifest() == {"schema_version": 1, "run_id": "run"}
