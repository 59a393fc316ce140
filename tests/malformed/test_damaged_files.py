"""Whatever has become of a file or folder, its readers read it or say so in one line."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.actors.played import played, run_of
from tests.malformed.calls import call, refused

MANIFESTS = [
    b"",
    b"[1]",
    b'{"schema_version": 1, "run',
    b'{"schema_version": 999}',
    bytes(range(128, 228)),
    b'{"schema_version": "x"}',
]
MANIFESTS += [
    b"[" * 100_000,
    b'{"schema_version": %s}' % (b"9" * 5000),
    b'{"run_id": 3}',
    b'{"kind": "training run"}',
    b'{"a": "\\ud800"}',
]


@pytest.mark.parametrize("content", MANIFESTS, ids=range(len(MANIFESTS)))
def test_a_folder_with_a_damaged_manifest_is_one_line_to_every_reader(
    content: bytes, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("run").mkdir()
    for name in ("manifest.json", "evaluation.json", "suite.json", "general.json", "pipeline.json"):
        Path("run", name).write_bytes(content)
    Path("suite.yaml").write_text(
        json.dumps({"name": "s", "columns": {"a": [{"environment": "practice", "generate": 1}]}})
    )
    for command in ("view", "stats", "filter", "export", "why-stuck"):
        refused("actors", [command, "run"], capsys)
    refused("actors", ["rollout", "ok.yaml", "store=run"], capsys)
    refused("actors", ["import", "binary", "-o", "run"], capsys)
    for words in (
        ["compare", "run", "run"],
        ["report", "run"],
        ["evaluate", "suite.yaml", "--llm", "reference", "--out", "run"],
    ):
        refused("serve", words, capsys)


def test_an_evaluation_is_not_filtered_for_training(
    whole: Path, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_of(Path("evaluation"), played("e0"))
    Path("evaluation/suite.json").write_text("{}")
    assert "is an evaluation" in refused("actors", ["filter", "evaluation"], capsys)
    for command, folder in (("stats", "filtered"), ("filter", "filtered"), ("export", "run")):
        ended = call("actors", [command, str(whole / folder)], capsys)
        assert ended.code == (0 if command == "stats" else 2)


def test_a_folder_in_place_of_a_manifest_is_one_line(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("run/manifest.json").mkdir(parents=True)
    Path("run/evaluation.json").mkdir()
    for command in ("view", "stats", "filter", "export", "why-stuck"):
        refused("actors", [command, "run"], capsys)
    refused("serve", ["report", "run"], capsys)


@contextlib.contextmanager
def inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


READERS = {
    "run/manifest.json": (["view", "run"], ["stats", "run"], ["why-stuck", "run"]),
    "run/status.json": (["why-stuck", "run"],),
    "filtered/manifest.json": (["view", "filtered"], ["stats", "filtered"], ["export", "filtered", "-o", "dataset"]),
    "filtered/kept.jsonl.zst": (["view", "filtered"], ["stats", "filtered"]),
}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def spoilt(draw: st.DrawFn, content: bytes) -> bytes:
    """`content` cut anywhere, with other bytes in it, with a value of another type, nested without end, or something
    else.
    """
    way = draw(st.sampled_from(["cut", "bytes", "type", "nested", "other"]))
    at = draw(st.integers(0, len(content)))
    if way == "cut":
        return content[:at]
    if way == "bytes":
        return content[:at] + draw(st.binary(min_size=1, max_size=8)) + content[at:]
    if way == "nested":
        return content[:at] + draw(st.sampled_from([b"[", b'{"a":'])) * 20_000
    if way == "type" and content.startswith(b"{"):
        fields = json.loads(content)
        return json.dumps({**fields, draw(st.sampled_from(sorted(fields))): draw(JSON)}).encode()
    return draw(st.binary(max_size=40))


@pytest.mark.parametrize("file", READERS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_has_become_of_a_file_is_read_or_one_line(
    file: str, data: st.DataObject, whole: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = whole / file
    good = path.read_bytes()
    try:
        path.write_bytes(data.draw(spoilt(good)))
        with inside(whole):
            for words in READERS[file]:
                ended = call("actors", words, capsys)
                assert ended.code in (0, 2)
                assert ended.code == 0 or ended.lines[-1].isprintable()
    finally:
        path.write_bytes(good)
