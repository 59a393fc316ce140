"""What goes of a journal, and that resume and ledger read the same afterwards."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.episodes.journal import Journal, read_journal, spent
from actors.episodes.journal_pruning import remove_drafts, replace, shortened
from actors.files.append_log import FrameWriter
from actors.llms.llm import Reply
from actors.records.store import Store
from actors.records.trajectory import Usage

Calls = list[tuple[str, int, float | None]]  # episode, which of two writers, cost
calls = st.lists(
    st.tuples(st.sampled_from("abcd"), st.integers(0, 1), st.none() | st.sampled_from([0.25, 0.5, 2.0])), max_size=20
)


def store(folder: Path) -> Store:
    found = Store(str(folder))
    found.create({"schema_version": 1, "run_id": "run"})
    return found


async def _journalled(found: Store, said: Calls) -> None:
    writers = [Journal(found, 0.0, label) for label in ("one", "two")]
    turns: dict[tuple[str, int], int] = {}
    for episode, writer, cost in said:
        turn = turns[episode, writer] = turns.get((episode, writer), -1) + 1
        if cost == 2.0:
            writers[writer].wasted(episode, 0, turn, cost)
            continue
        writers[writer].reply(episode, 0, turn, Reply(f"{episode}{turn}" * 50, usage=Usage(cost=cost)))
        writers[writer].observation(episode, 0, turn, 0, f"seen {turn}" * 50)
    for writer in writers:
        await asyncio.sleep(0.001)
        await writer.close()


def prune(found: Store, settled: set[str]) -> int:
    """How many files were shortened."""
    files = list(shortened(found, settled))
    for short in files:
        replace(found, short)
    return len(files)


@given(calls, st.sets(st.sampled_from("abcd")))
def test_resume_and_ledger_read_the_same_and_a_second_pruning_finds_nothing(
    tmp_path_factory: pytest.TempPathFactory, said: Calls, settled: set[str]
) -> None:
    found = store(tmp_path_factory.mktemp("run") / "run")
    asyncio.run(_journalled(found, said))
    before = read_journal(found, lambda episode: episode not in settled)
    money = spent(found)
    prune(found, settled)
    assert read_journal(found, lambda episode: episode not in settled) == before
    assert spent(found) == pytest.approx(money)
    assert prune(found, settled) == 0


def test_what_is_of_no_settled_episode_keeps_its_bytes(tmp_path: Path) -> None:
    found = store(tmp_path)
    asyncio.run(_journalled(found, [("a", 0, 0.5), ("b", 1, 0.5)]))
    before = {path: Path(path).read_bytes() for path in found.folder.names("journal")}
    assert prune(found, {"c"}) == 0
    assert {path: Path(path).read_bytes() for path in found.folder.names("journal")} == before


def test_a_file_without_money_or_unsettled_episodes_goes(tmp_path: Path) -> None:
    found = store(tmp_path)
    asyncio.run(_journalled(found, [("a", 0, None), ("b", 1, 0.5)]))
    assert prune(found, {"a", "b"}) == 2
    (left,) = found.folder.names("journal")
    assert Path(left).name.startswith("two")
    assert spent(found) == 0.5


def test_lines_of_a_newer_program_stay(tmp_path: Path) -> None:
    found = store(tmp_path)
    asyncio.run(_journalled(found, [("a", 0, 0.5)] * 5))
    writer = FrameWriter(found.folder, "journal", "newer")
    writer.write(
        [b'["another form"]', b"no JSON", b'{"episode": "a", "play": 0, "turn": 9, "wasted": 1.0}' + b" " * 500]
    )
    writer.close()
    prune(found, {"a"})
    (newer,) = found.folder.names("journal", "newer")
    from actors.files.append_log import read_frames

    lines = [line for lines in read_frames(found.folder, newer) for line in lines]
    assert lines[:2] == [b'["another form"]', b"no JSON"]
    assert spent(found) == pytest.approx(3.5)


def test_a_kill_between_two_files_leaves_the_same_sum_and_its_draft_goes_with_the_next_pruning(tmp_path: Path) -> None:
    found = store(tmp_path)
    asyncio.run(_journalled(found, [("a", writer, 0.5) for writer in (0, 1) for _ in range(5)]))
    first, _ = shortened(found, {"a"})
    replace(found, first)
    (tmp_path / "journal" / "two.jsonl.zst.77.draft").write_bytes(b"half")
    assert spent(found) == pytest.approx(5.0)
    remove_drafts(found)
    assert prune(found, {"a"}) == 1
    assert spent(found) == pytest.approx(5.0)
    assert not list(tmp_path.rglob("*.draft"))
