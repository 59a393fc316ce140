"""Published episodes of AgentInstruct, played again: opening and pages come out to the byte."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from environments.contract import Task
from environments.message import Message
from environments.webshop.environment import WebShop
from environments.webshop.page import SEPARATOR
from environments.webshop.settings import Settings
from tests.environments.episodes import episode
from tests.environments.webshop.players import act

pytestmark = pytest.mark.asyncio(loop_scope="session")

Turns = list[dict[str, str]]


def episodes() -> list[Turns]:
    base = Path(os.environ.get("AGENTTUNING_DATA", Path(__file__).parents[4] / "shared" / "data"))
    path = base / "agentinstruct" / "samples.jsonl"
    if not path.exists():
        return []
    rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return [row["conversations"] for row in rows if row["id"].startswith("webshop")]


def clicked(turn: str) -> str:
    return turn.rsplit("click[", 1)[1].removesuffix("]")


def instruction(turns: Turns) -> str:
    return turns[2]["content"].split(SEPARATOR)[2]


def products(turns: Turns) -> dict[str, dict[str, Any]]:
    """The products of an episode's page of results as WebShop's files would have them, the opened one with its
    options.
    """
    listed = turns[4]["content"].split(SEPARATOR)[5:]
    found = {
        asin: product(asin, title, price)
        for asin, title, price in zip(listed[::3], listed[1::3], listed[2::3], strict=True)
    }
    item = found[clicked(turns[5]["content"])]
    shown = turns[6]["content"].split(SEPARATOR)[4:]
    item["customization_options"] = options(shown[: shown.index(item["name"])])
    return found


def product(asin: str, title: str, price: str) -> dict[str, Any]:
    same = dict.fromkeys(("query", "category", "product_category", "full_description"), "")
    return {"asin": asin, "name": title, "pricing": price, "small_description": [], "customization_options": {}, **same}


def options(texts: list[str]) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {}
    for text in texts:
        if text in ("color", "size", "style"):
            found[text] = []
        else:
            found[next(reversed(found))].append({"value": text})
    return found


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WebShop]:
    published = episodes()
    if not published:
        pytest.skip("no published episodes here; set AGENTTUNING_DATA")
    folder = tmp_path_factory.mktemp("published")
    items = {asin: item for turns in reversed(published) for asin, item in products(turns).items()}
    (folder / "items_shuffle.json").write_text(json.dumps(list(items.values())))
    (folder / "opening.json").write_text(json.dumps(published[0][:2]))
    environment = WebShop(
        Settings(catalogue=str(folder), prompts=str(folder), turns="agentinstruct", demonstration=False)
    )
    await environment.start()
    yield environment
    await environment.stop()


@pytest.mark.parametrize("number", range(5))
async def test_a_published_episode_reads_the_same_to_the_byte(shop: WebShop, number: int) -> None:
    turns = episodes()[number]
    opened = products(turns)[clicked(turns[5]["content"])]
    goal = {"asin": opened["asin"], "query": "", "name": "", "product_category": "", "instruction": instruction(turns)}
    payload = {"catalogue": "items_shuffle-50", "goal": {**goal, "attributes": ["any"], "options": []}}
    async with episode(shop, Task("published", "webshop", "test", "test", payload)) as session:
        said = [(turn["role"], turn["content"]) for turn in turns]
        assert [(message.role, message.content) for message in session.opening] == said[:3]
        assert session.opening[1] == Message("assistant", "Ok.", loss=False)
        await act(
            session, f"search[{opened['name'].replace('[', ' ').replace(']', ' ')}]"
        )  # the ranking is another than Lucene's
        for reply, page in zip(turns[5::2], turns[6::2], strict=False):
            assert (await session.step(reply["content"])).observation == page["content"]
        assert (await session.step(turns[-1]["content"])).final


async def test_a_page_of_results_has_the_published_form(shop: WebShop) -> None:
    turns = episodes()[0]
    goal = {
        "asin": clicked(turns[5]["content"]),
        "query": "",
        "name": "",
        "product_category": "",
        "instruction": instruction(turns),
    }
    payload = {"catalogue": "items_shuffle-50", "goal": {**goal, "attributes": ["any"], "options": []}}
    async with episode(shop, Task("published", "webshop", "test", "test", payload)) as session:
        found = (await session.step(turns[3]["content"])).observation.split(SEPARATOR)
    shown = turns[4]["content"].split(SEPARATOR)
    assert [*found[:3], "Page 1 (Total results: 50)", found[4]] == shown[:5]
    row = shown[5:8]
    place = found.index(row[0])
    assert found[place : place + 3] == row
