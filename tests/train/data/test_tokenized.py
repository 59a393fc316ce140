"""The tokenised cache: what it holds, when it is made anew, what it says when it cannot be."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from actors.files.atomic_folder import MANIFEST
from actors.program.user_error import UserError
from tests.train.byte_renderer import STOP, ByteRenderer
from tests.train.renderers.published import PUBLISHED
from train.data.documents import TOKENS, open_dataset
from train.data.tokenized import prepare
from train.renderers import create
from train.renderers.conversation import Conversation
from train.renderers.renderer import Rendered, RenderError
from train.settings import Data, Source

LENGTH = 200


def chat(name: str, *contents: str, **fields: Any) -> dict[str, Any]:
    speakers = [("human", "gpt")[i % 2] for i in range(len(contents))]
    return {
        "id": name,
        "conversations": [{"from": f, "value": c} for f, c in zip(speakers, contents, strict=True)],
        **fields,
    }


def write(path: Path, records: list[dict[str, Any]]) -> Source:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return Source(path=str(path), label_field="model")


def records(count: int, model: str = "gpt-4") -> list[dict[str, Any]]:
    return [chat(f"{model}:{i}", f"What is {i} + {i}?", f"It is {2 * i}.", model=model) for i in range(count)]


def data_of(folder: Path, *sources: Source, **fields: Any) -> Data:
    return Data(general=sources, eta=0, **{"cache": str(folder / "cache"), "held_out": 0, **fields})


def test_a_document_is_the_rendered_conversation(tmp_path: Path) -> None:
    dataset = prepare(data_of(tmp_path, write(tmp_path / "chat.jsonl", records(3))), LENGTH, ByteRenderer())
    ids, trained = dataset.document(1)
    assert ids.tolist() == [*b"What is 1 + 1?", STOP, *b"It is 2.", STOP]
    assert trained.tolist() == [False] * 15 + [True] * 9
    assert (len(dataset), dataset.name(1), dataset.lengths.tolist()) == (3, "gpt-4:1", [24, 24, 24])
    assert dataset.streams[0][:3] == ("general/gpt-4", "general", "gpt-4")
    assert dataset.streams[0][5:] == (3, 72, 27)
    assert not ids.flags.owndata


def test_streams_are_sides_and_labels(tmp_path: Path) -> None:
    chats = write(tmp_path / "chat.jsonl", [*records(2), *records(3, "gpt-3.5")])
    agent = tmp_path / "agent.jsonl"
    turns = [{"role": "user", "content": "Go."}, {"role": "assistant", "content": "x", "loss": True}]
    agent.write_text(json.dumps({"id": "os_1", "conversations": turns}))
    data = Data(agent=(Source(path=str(agent)),), general=(chats,), cache=str(tmp_path / "cache"), held_out=0)
    streams = prepare(data, LENGTH, ByteRenderer()).streams
    assert [(stream.name, stream.conversations) for stream in streams] == [
        ("agent/os", 1),
        ("general/gpt-4", 2),
        ("general/gpt-3.5", 3),
    ]
    assert [stream.train.tolist() for stream in streams] == [[0], [1, 2], [3, 4, 5]]


def test_the_second_run_renders_nothing(tmp_path: Path) -> None:
    data, renderer = data_of(tmp_path, write(tmp_path / "chat.jsonl", records(3))), ByteRenderer()
    first = prepare(data, LENGTH, renderer)
    again = prepare(data, LENGTH, renderer)
    assert renderer.rendered == 3
    assert again.fingerprint == first.fingerprint
    os.utime(tmp_path / "chat.jsonl", (1, 1))
    prepare(data, LENGTH, renderer)
    assert renderer.rendered == 3


def test_whatever_changes_the_tokens_makes_another_cache(tmp_path: Path) -> None:
    source = write(tmp_path / "chat.jsonl", records(30))
    plain = data_of(tmp_path, source)
    prints = [prepare(plain, LENGTH, ByteRenderer()).fingerprint]
    prints.append(prepare(plain, LENGTH, ByteRenderer("another")).fingerprint)
    prints.append(prepare(plain, LENGTH + 1, ByteRenderer()).fingerprint)
    for fields in ({"overlong": "cut"}, {"held_out": 2}, {"system_prompt": "Be kind."}):
        prints.append(prepare(data_of(tmp_path, source, **fields), LENGTH, ByteRenderer()).fingerprint)
    for other in (source.model_copy(update={"limit": 7}), Source(path=source.path, label="all")):
        prints.append(prepare(data_of(tmp_path, other), LENGTH, ByteRenderer()).fingerprint)
    changed = Path(source.path).read_bytes().replace(b"What is 3 + 3", b"What is 8 - 2")
    stamp = os.stat(source.path)
    Path(source.path).write_bytes(changed)
    os.utime(source.path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    prints.append(prepare(plain, LENGTH, ByteRenderer()).fingerprint)
    assert len(set(prints)) == len(prints)


def test_what_is_too_long_is_dropped_and_counted(tmp_path: Path) -> None:
    long = chat("long", "Tell me.", "x" * LENGTH, model="gpt-4")
    dataset = prepare(data_of(tmp_path, write(tmp_path / "chat.jsonl", [*records(2), long])), LENGTH, ByteRenderer())
    (stream,) = dataset.manifest.streams
    assert (len(dataset), stream.conversations, stream.dropped, stream.cut) == (2, 3, {"overlong": 1}, 0)


def test_what_is_left_out_is_said_at_every_start(tmp_path: Path) -> None:
    """A run whose cache is there already must not be silent about the half of its data that did not fit."""
    long = chat("long", "Tell me.", "x" * LENGTH, model="gpt-4")
    two_turns = chat("cut", "Tell me.", "Yes.", "All of it.", "x" * LENGTH, model="gpt-4")
    broken = {"id": "no", "conversations": [], "model": "gpt-4"}
    data = data_of(tmp_path, write(tmp_path / "chat.jsonl", [*records(2), long, two_turns, broken]), overlong="cut")
    first: list[str] = []
    again: list[str] = []
    prepare(data, LENGTH, ByteRenderer(), first.append)
    prepare(data, LENGTH, ByteRenderer(), again.append)
    assert again == first[-2:]
    assert again[0].startswith(f"'{tmp_path / 'chat.jsonl'}': left out 1 × ")
    assert again[1] == "general/gpt-4: 3 of 4 conversations kept, dropped 1 × overlong, cut 1 at a turn"


def test_what_is_too_long_is_cut_behind_the_last_turn_that_fits(tmp_path: Path) -> None:
    turns = ["Ask.", "Answer.", "Again?", "Yes.", "And now?", "y" * LENGTH]
    chats = [chat("long", *turns, model="m"), chat("all", "Tell.", "z" * LENGTH, model="m")]
    dataset = prepare(data_of(tmp_path, write(tmp_path / "chat.jsonl", chats), overlong="cut"), LENGTH, ByteRenderer())
    assert bytes(dataset.document(0).ids.tolist()[-5:-1]) == b"Yes."
    assert dataset.document(0).ids[-1] == STOP
    (stream,) = dataset.manifest.streams
    assert (len(dataset), stream.dropped, stream.cut) == (1, {"overlong": 1}, 1)


def test_what_cannot_be_rendered_or_read_is_counted_by_reason(tmp_path: Path) -> None:
    agent = tmp_path / "agent.jsonl"
    turns = [{"role": "user", "content": "Go."}, {"role": "assistant", "content": "", "loss": True}]
    fine = [turns[0], {"role": "assistant", "content": "Gone.", "loss": True}]
    agent.write_text(
        "".join(json.dumps({"id": f"os_{i}", "conversations": c}) + "\n" for i, c in enumerate((turns, fine)))
    )
    chats = write(tmp_path / "chat.jsonl", [*records(1), {"id": "no", "conversations": [], "model": "gpt-4"}])
    data = Data(agent=(Source(path=str(agent)),), general=(chats,), cache=str(tmp_path / "cache"), held_out=0)
    manifest = prepare(data, LENGTH, ByteRenderer()).manifest
    assert manifest.streams[0].dropped == {"an empty reply": 1}
    assert [source.conversations for source in manifest.sources] == [2, 1]
    assert sum(manifest.sources[1].skipped.values()) == 1
    assert (manifest.documents, manifest.tokens, manifest.trained_tokens) == (2, 10 + 24, 6 + 9)


def test_no_trained_token_at_all_is_refused(tmp_path: Path) -> None:
    data = data_of(tmp_path, write(tmp_path / "chat.jsonl", [chat("long", "Tell.", "x" * LENGTH, model="m")]))
    with pytest.raises(
        UserError, match=r"nothing to train on in '.*chat.jsonl': 1 conversations read, 1 × overlong: raise .*above 200"
    ):
        prepare(data, LENGTH, ByteRenderer())
    assert not [path for path in (tmp_path / "cache").iterdir() if path.suffix != ".lock"]


def test_held_out_conversations_and_their_copies_are_not_trained_on(tmp_path: Path) -> None:
    data = data_of(tmp_path, write(tmp_path / "chat.jsonl", records(50) + records(50)), held_out=4)
    dataset = prepare(data, LENGTH, ByteRenderer())
    (stream,), (entry,) = dataset.streams, dataset.manifest.streams
    held_out = {dataset.name(number) for number in stream.held_out}
    assert len(held_out) == len(stream.held_out) == 4
    assert not held_out & {dataset.name(number) for number in stream.train}
    assert len(stream.train) == 92
    assert (entry.held_out, entry.like_held_out, entry.held_out_wanted) == (4, 4, 4)


def test_a_truncated_cache_is_refused_in_one_line(tmp_path: Path) -> None:
    data = data_of(tmp_path, write(tmp_path / "chat.jsonl", records(3)))
    folder = prepare(data, LENGTH, ByteRenderer()).folder
    os.truncate(folder / TOKENS, 100)
    with pytest.raises(UserError, match=r"tokens.u32' has 100 bytes instead of 288: it is damaged; remove the folder"):
        prepare(data, LENGTH, ByteRenderer())
    (folder / TOKENS).unlink()
    with pytest.raises(UserError, match=r"cannot read .*tokens.u32"):
        prepare(data, LENGTH, ByteRenderer())
    (folder / MANIFEST).write_text("{}")
    with pytest.raises(UserError, match=r"manifest.json' is damaged"):
        open_dataset(folder)


def test_a_cache_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(UserError, match=r"cannot write .*choose another 'data.cache'"):
        prepare(data_of(tmp_path, write(tmp_path / "chat.jsonl", records(1))), LENGTH, ByteRenderer())


FULL = """
import resource, sys
from pathlib import Path
from actors.records.trajectory import UserError
from tests.train.byte_renderer import ByteRenderer
from tests.train.data.test_tokenized import data_of
from train.settings import Source
from train.data.tokenized import prepare
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # then a write beyond the limit fails, as on a full disk
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    prepare(data_of(Path(sys.argv[1]), Source(path=sys.argv[2], label_field="model")), 200, ByteRenderer())
except UserError as error:
    print(error)
"""


def test_a_full_disk_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    source = write(tmp_path / "chat.jsonl", records(300))
    command = [sys.executable, "-c", FULL, str(tmp_path), source.path]
    ended = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, cwd=Path(__file__).parents[3]
    )
    assert ended.stderr == ""
    assert "cannot write" in ended.stdout
    assert ended.stdout.count("\n") == 1
    assert [path.suffix for path in (tmp_path / "cache").iterdir()] == [".lock"]


def test_a_source_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    source = write(tmp_path / "chat.jsonl", records(3))

    class Meanwhile(ByteRenderer):
        def render_many(self, conversations: Sequence[Conversation]) -> list[Rendered | RenderError]:
            write(tmp_path / "chat.jsonl", records(4))
            return super().render_many(conversations)

    with pytest.raises(UserError, match=r"chat.jsonl' changed while it was read"):
        prepare(data_of(tmp_path, source), LENGTH, Meanwhile())


class Killed(ByteRenderer):
    """The process is killed in the middle of its work."""

    def render_many(self, conversations: Sequence[Conversation]) -> list[Rendered | RenderError]:
        if self.rendered:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().render_many(conversations)


def test_a_kill_leaves_nothing_that_the_next_run_stumbles_over(tmp_path: Path) -> None:
    data = data_of(tmp_path, write(tmp_path / "chat.jsonl", records(600)))
    process = multiprocessing.get_context("fork").Process(target=prepare, args=(data, LENGTH, Killed()))
    process.start()
    process.join(timeout=60)
    assert process.exitcode == -signal.SIGKILL
    assert len(prepare(data, LENGTH, ByteRenderer(), wait_s=1)) == 600
    assert sorted(path.suffix for path in (tmp_path / "cache").iterdir()) == ["", ".lock"]


def _prepared(folder: Path, results: Any) -> None:
    renderer = ByteRenderer()
    dataset = prepare(data_of(folder, Source(path=str(folder / "chat.jsonl"), label_field="model")), LENGTH, renderer)
    results.put((renderer.rendered, dataset.fingerprint, int(np.sum(dataset.tokens))))


def test_processes_that_need_the_same_make_it_once(tmp_path: Path) -> None:
    write(tmp_path / "chat.jsonl", records(3000))
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    processes = [context.Process(target=_prepared, args=(tmp_path, results)) for _ in range(4)]
    for process in processes:
        process.start()
    found = [results.get(timeout=60) for _ in processes]
    for process in processes:
        process.join(timeout=60)
    assert sorted(rendered for rendered, _, _ in found) == [0, 0, 0, 3000]
    assert len({(fingerprint, total) for _, fingerprint, total in found}) == 1


def test_a_conversation_that_is_split_is_held_out_whole(tmp_path: Path) -> None:
    """Documents of one conversation are never on both sides."""
    folder = PUBLISHED["qwen3"].write(tmp_path / "model")
    thought = ["Ask {i}.", "<think>\n1\n</think>\n\nyes", "And?", "<think>\n2\n</think>\n\nno"]
    chats = [chat(f"c{i}", *(text.format(i=i) for text in thought), model="m") for i in range(20)]
    chats.append(chat("plain", "Ask.", "yes", model="m"))
    data = data_of(tmp_path, write(tmp_path / "chat.jsonl", chats), held_out=2, rewritten="split")
    dataset = prepare(data, LENGTH, create("auto", folder, None))
    (entry,) = dataset.manifest.streams
    (stream,) = dataset.streams
    assert (entry.documents, entry.dropped) == (41, {})
    names = [dataset.name(number) for number in (*stream.train, *stream.held_out)]
    assert all(names.count(name) == 2 for name in {dataset.name(n) for n in stream.train} - {"plain"})
    assert not {dataset.name(n) for n in stream.train} & {dataset.name(n) for n in stream.held_out}
    with pytest.raises(UserError, match=r"nothing to train on.*20 × the template rewrites what it wrote"):
        prepare(data_of(tmp_path, write(tmp_path / "chat.jsonl", chats[:20])), LENGTH, create("auto", folder, None))


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe\x00", b"[" * 5000, b"[]", b'{"kind": 3}', b"\0" * 50])
def test_a_damaged_manifest_of_a_cache_is_one_line(content: bytes, tmp_path: Path) -> None:
    folder = prepare(data_of(tmp_path, write(tmp_path / "chat.jsonl", records(3))), LENGTH, ByteRenderer()).folder
    (folder / MANIFEST).write_bytes(content)
    with pytest.raises(UserError, match=r"manifest.json' is damaged .*remove the folder") as caught:
        open_dataset(folder)
    assert "\n" not in str(caught.value)


def test_a_flipped_bit_in_a_cache_is_not_trained_on(tmp_path: Path) -> None:
    folder = prepare(data_of(tmp_path, write(tmp_path / "chat.jsonl", records(3))), LENGTH, ByteRenderer()).folder
    for path in [path for path in folder.iterdir() if path.name != MANIFEST and path.stat().st_size]:
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 4
        path.write_bytes(content)
        with pytest.raises(UserError, match=f"{path.name}' is damaged .its checksum is another"):
            open_dataset(folder)
        content[len(content) // 2] ^= 4
        path.write_bytes(content)
    assert len(open_dataset(folder)) == 3
    manifest = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps({**manifest, "files": {}}))
    with pytest.raises(UserError, match=r"manifest\.json' is damaged \(it names no"):
        open_dataset(folder)
