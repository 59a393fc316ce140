"""The recorded set that ships: it is small, sound and split by site, and recording it anew gives the same."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

import pytest

from environments.mind2web.recorded import FOLDER, decompressed, recorded_files
from environments.mind2web.recorded.__main__ import main, recorded_tasks
from environments.mind2web.recorder.chromium import Chromium
from environments.mind2web.sites.generated_site import KINDS, SPLITS, site

SET_LIMIT = 2_000_000


def tasks(kind: str, split: str) -> list[dict[str, Any]]:
    """The shipped tasks of a site."""
    read: list[dict[str, Any]] = json.loads(b"".join(decompressed(FOLDER / split / f"{kind}.json.zst")))
    return read


def test_every_kind_of_site_is_in_every_split_and_all_is_small() -> None:
    files = [path for split in SPLITS for path in recorded_files(split)]
    assert sorted(f"{path.parent.name} {path.name}" for path in files) == sorted(
        f"{split} {kind}.json.zst" for split in SPLITS for kind in KINDS
    )
    assert sum(path.stat().st_size for path in files) <= SET_LIMIT


@pytest.mark.parametrize("kind", KINDS)
def test_the_splits_share_no_site_and_no_task(kind: str) -> None:
    found = {split: tasks(kind, split) for split in SPLITS}
    assert len({task["website"] for read in found.values() for task in read}) == 3
    for field in ("annotation_id", "confirmed_task"):
        values = [task[field] for read in found.values() for task in read]
        assert len(values) == len(set(values))


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_step_has_its_element_on_a_page_that_can_be_read(kind: str, split: str) -> None:
    for task in tasks(kind, split):
        assert 3 <= len(task["actions"]) == len(task["action_reprs"]) <= 8
        for action, said in zip(task["actions"], task["action_reprs"], strict=True):
            nodes = {
                node.get("backend_node_id"): node.tag for node in ElementTree.fromstring(action["cleaned_html"]).iter()
            }
            assert None not in nodes
            assert 300 <= len(nodes) <= 4000
            right = {candidate["backend_node_id"] for candidate in action["pos_candidates"]}
            wrong = {candidate["backend_node_id"] for candidate in action["neg_candidates"]}
            assert right
            assert not right & wrong
            for candidate in (*action["pos_candidates"], *action["neg_candidates"]):
                assert nodes[candidate["backend_node_id"]] == candidate["tag"]
                assert json.loads(candidate["attributes"])["backend_node_id"] == candidate["backend_node_id"]
            for mark in ("is_original_target", "is_top_level_target"):
                assert sum(candidate[mark] for candidate in action["pos_candidates"]) == 1
            operation = action["operation"]
            assert said.endswith(f" -> {operation['op']}" + (f": {operation['value']}" if operation["value"] else ""))


def test_all_operations_are_in_the_set() -> None:
    read = [action["operation"] for kind in KINDS for task in tasks(kind, "train") for action in task["actions"]]
    assert {operation["original_op"] for operation in read} == {"CLICK", "TYPE", "SELECT", "HOVER", "ENTER"}
    assert {operation["op"] for operation in read} == {"CLICK", "TYPE", "SELECT"}


def without_places(task: dict[str, Any]) -> dict[str, Any]:
    """The task without where elements are on the page: another machine has other fonts."""
    read: dict[str, Any] = json.loads(json.dumps(task))
    for action in read["actions"]:
        for candidate in (*action["pos_candidates"], *action["neg_candidates"]):
            candidate["attributes"] = {**json.loads(candidate["attributes"]), "bounding_box_rect": ""}
    return read


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "split"), [("forum", "train"), ("settings", "dev"), ("shop", "test")])
def test_recording_a_site_anew_gives_the_same_tasks(chromium: Chromium, kind: str, split: str) -> None:
    anew = recorded_tasks(site(kind, split), chromium)
    assert [without_places(task) for task in anew] == [without_places(task) for task in tasks(kind, split)]


def test_an_unknown_kind_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["zoo"]) == 2
    assert capsys.readouterr().err == f"no kind 'zoo'; there are {', '.join(KINDS)}\n"
