"""WebShop's files, good and bad: products as the original reads them, goals as it makes them."""

from __future__ import annotations

import gzip
import itertools
import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from environments.contract import UserError
from environments.registry import registered
from environments.webshop.environment import WebShop
from environments.webshop.goals import ShuffledGoals
from environments.webshop.payload import read_payload
from environments.webshop.products.building import open_catalogue
from environments.webshop.settings import Settings
from tests.environments.episodes import play
from tests.environments.webshop.players import random_basket, reference

load = registered("webshop").load


def row(asin: str = "B000000001", **changed: Any) -> dict[str, Any]:
    """A product as items_shuffle.json has it."""
    color = [{"value": " Light/Blue ", "image": None}, {"value": "Red"}]
    return {
        "asin": asin, "name": "Tea Pot", "full_description": "For tea.",
        "pricing": "$1,012.50$20.00$5.00", "query": " Tea Pots ",
        "category": "garden", "product_category": "Kitchen › Tea", "small_description": ["Holds tea.", "Blue"],
        "images": ["x"],
        "customization_options": {"Color": color, "Size": None}, **changed,
    }  # fmt: skip


def write(folder: Path, rows: list[Any], attributes: Any = None, human: Any = None) -> str:
    (folder / "items_shuffle.json").write_text(json.dumps(rows))
    if attributes is not None:
        (folder / "items_ins_v2.json").write_text(json.dumps(attributes))
    if human is not None:
        (folder / "items_human_ins.json").write_text(json.dumps(human))
    return str(folder)


def test_a_product_is_read_as_by_the_original(tmp_path: Path) -> None:
    path = write(
        tmp_path, [row(), row(), row("nan"), row("B0000000012"), row("B2", pricing=None, small_description="One")]
    )
    catalogue = open_catalogue(path)
    first, second = catalogue.products()
    assert (first.query, first.prices, first.price_tag) == ("tea pots", [1012.5, 20.0], "$1012.5 to $20.0")
    assert (first.options, first.attributes, first.rating) == (
        {"color": ["light | blue", "red"]},
        ["DUMMY_ATTR"],
        "N.A.",
    )
    assert (second.prices, second.price_tag, second.bullets) == ([100.0], "$100.0", ["One"])
    assert first.contents == "tea pot for tea. holds tea. color: light | blue, red"
    assert catalogue.name == "items_shuffle-2"
    assert catalogue.search("blue tea pots") == (0, 1)
    catalogue.close()


def test_products_of_the_small_catalogue_equal_the_originals_own_reading(products_1000: Path) -> None:
    catalogue = open_catalogue(str(products_1000))
    with gzip.open(products_1000) as lines:
        for line, product in zip(lines, catalogue.products(), strict=True):
            document = json.loads(line)
            found = document["product"]
            assert (product.asin, product.title, product.description) == (
                found["asin"],
                found["Title"],
                found["Description"],
            )
            assert (product.bullets, product.prices, product.options) == (
                found["BulletPoints"],
                found["pricing"],
                found["options"],
            )
            assert (product.price_tag, product.attributes, product.rating) == (
                found["Price"],
                found["Attributes"],
                found["Rating"],
            )
            assert product.contents.split() == document["contents"].split()
    catalogue.close()


def test_human_instructions_win_and_goals_without_attributes_are_left_out(tmp_path: Path) -> None:
    synthetic = {"instruction": "Find me tea", "instruction_attributes": ["tea"], "attributes": ["tea"]}
    wish = {"instruction": "i want a tea pot.", "instruction_attributes": ["for tea"], "instruction_options": ["blue"]}
    human = {
        "B000000001": [wish, {**wish, "instruction_attributes": []}, {**wish, "instruction_options": {"color": "red"}}]
    }
    path = write(tmp_path, [row(pricing="$12.00"), row("B2")], {"B000000001": synthetic}, human)
    tasks = list(load(path, "all"))
    goals = [read_payload(task).goal for task in tasks]
    assert sorted(str(goal.options) for goal in goals) == ["['blue']", "{'color': 'red'}"]
    for goal in goals:
        assert goal.price_upper in (30.0, 40.0, 50.0)
        assert goal.instruction == f"i want a tea pot, and price lower than {goal.price_upper:.2f} dollars"
    assert {tuple(task.reference["options"]) for task in tasks if task.reference} == {("light | blue",), ("red",)}


def test_synthetic_goals_combine_all_options(tmp_path: Path) -> None:
    options = {"Size": [{"value": "S"}, {"value": "L"}], "Color": [{"value": "Red"}, {"value": "Blue"}]}
    known = {
        "B000000001": {"instruction": "Find me tea", "instruction_attributes": ["tea"], "attributes": ["tea"]},
        "B2": {"attributes": []},
    }
    path = write(tmp_path, [row(pricing="$985.00", customization_options=options), row("B2")], known)
    goals = [read_payload(task).goal for task in load(path, "all")]
    assert sorted(goal.instruction for goal in goals) == [
        f"Find me tea with color: {color}, and size: {size}" for color in ("blue", "red") for size in ("l", "s")
    ]
    assert {goal.price_upper for goal in goals} == {1_000_000.0}


def test_goals_are_the_same_in_every_process(products_1000: Path) -> None:
    code = (
        "import sys, hashlib, msgspec; from environments.webshop.tasks import load; "
        "print(hashlib.sha256(msgspec.json.encode(list(load(sys.argv[1], 'train')))).hexdigest())"
    )
    root = Path(__file__).parents[3]
    command = [sys.executable, "-c", code, str(products_1000)]
    printed = [
        subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=100, check=True).stdout
        for _ in range(2)
    ]
    assert printed[0] == printed[1] != ""


def test_goals_come_in_the_originals_order(products_1000: Path) -> None:
    """All combinations in order, shuffled by `random` with the seed 233, as the original does it with whole lists."""
    catalogue = open_catalogue(str(products_1000))
    plain = []
    for _, product, (wish,) in catalogue.wanted():
        names = sorted(product.options)
        plain += [
            (product.asin, dict(zip(names, values, strict=True)))
            for values in itertools.product(*(product.options[n] for n in names))
        ]
        assert wish.options is None
    random.seed(233)
    random.shuffle(plain)
    goals = ShuffledGoals(catalogue)
    assert len(goals) == len(plain)
    assert [(goals[number].asin, goals[number].options) for number in range(400)] == plain[:400]
    catalogue.close()


def test_splits_are_agentbenchs_ranges(products_1000: Path) -> None:
    ids = {split: [task.id for task in load(str(products_1000), split)] for split in ("std", "dev", "train", "all")}
    assert (len(ids["std"]), len(ids["dev"])) == (200, 80)
    assert ids["std"] == ids["all"][:200]
    assert ids["dev"] == ids["all"][200:280]
    assert ids["train"] == ids["all"][1000:12_000]
    assert len(set(ids["all"])) == len(ids["all"])


@pytest.mark.asyncio(loop_scope="session")
async def test_the_reference_earns_its_due_on_real_goals(products_1000: Path) -> None:
    by_product = {task.payload["goal"]["asin"]: task for task in load(str(products_1000), "all")}
    tasks = list(by_product.values())[::8]
    shop = WebShop(Settings(catalogue=str(products_1000)))
    await shop.start()
    try:
        rewards = [(await play(shop, task, reference)).reward or 0.0 for task in tasks]
        assert sum(rewards) / len(rewards) >= 0.99
        lucky = [(await play(shop, task, random_basket(number))).reward or 0.0 for number, task in enumerate(tasks)]
        assert sum(lucky) / len(lucky) < 0.05
    finally:
        await shop.stop()


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([3], r"items_shuffle\.json\[0\]: .*expected a JSON object, found int"),
        ([row(name=None)], r"items_shuffle\.json\[0\]: not a product of WebShop's"),
        ([{"asin": "B1"}], r"items_shuffle\.json\[0\]: not a product of WebShop's \(KeyError: 'small_description'\)"),
        ([row(pricing="$1.2.3")], "'\\$1.2.3' is no price"),
        ([row("nan")], "hold no product at all"),
        ([], "hold no product at all"),
    ],
)
def test_a_malformed_product_is_named_by_file_and_row(tmp_path: Path, rows: list[Any], said: str) -> None:
    with pytest.raises(UserError, match=said) as caught:
        open_catalogue(write(tmp_path, rows))
    assert "\n" not in str(caught.value)


def test_a_bad_product_is_left_out_and_named_and_the_others_are_sold(tmp_path: Path) -> None:
    wish = {"instruction": "Find me tea", "instruction_attributes": ["tea"], "attributes": ["tea"]}
    path = write(tmp_path, [row(), 3, row("B2", name=None), row("B3")], {"B000000001": wish, "B3": wish})
    bad: list[UserError] = []
    tasks = list(load(path, "all", bad.append))
    assert {task.payload["goal"]["asin"] for task in tasks} == {"B000000001", "B3"}
    assert [str(each).partition(": ")[0].rpartition("/")[2] for each in bad] == [
        "items_shuffle.json[1]",
        "items_shuffle.json[2]",
    ]
    with pytest.raises(UserError, match=r"items_shuffle\.json\[1\]"):
        list(load(path, "all"))


@pytest.mark.parametrize(
    "product", ['{"product": {"asin": "B1", "name": "half \\ud83d"}}', '{"product": NaN}', "{", "\udcff"]
)
def test_a_bad_document_is_left_out_and_named(tmp_path: Path, product: str) -> None:
    good = {name: value for name, value in row().items() if name != "customization_options"}
    lines = "\n".join([json.dumps({"product": good}), product]).encode("utf-8", "surrogateescape")
    (tmp_path / "products.jsonl").write_bytes(lines)
    catalogue = open_catalogue(str(tmp_path))
    assert len(catalogue) == 1
    assert [bad.partition(": ")[0].rpartition("/")[2] for bad in catalogue.bad_rows] == ["products.jsonl:2"]
    catalogue.close()


@pytest.mark.parametrize("text", ["", "{", '[{"asin": "B1"', "\x00", "[1,,2]"])
def test_a_file_that_is_no_json_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "items_shuffle.json").write_text(text)
    with pytest.raises(UserError, match=r"items_shuffle\.json' is no JSON array|items_shuffle\.json\[0\]"):
        open_catalogue(str(tmp_path))


@pytest.mark.parametrize("text", ["{", "[]", '{"product": 3}\n', "\x00"])
def test_a_line_that_is_no_document_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "products.jsonl").write_text(text)
    with pytest.raises(UserError, match=r"products\.jsonl"):
        open_catalogue(str(tmp_path))


def test_what_is_missing_or_unclear_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no catalogue at 'nowhere'"):
        list(load("nowhere", "all"))
    with pytest.raises(UserError, match="found none; name the file itself"):
        list(load(str(tmp_path), "all"))
    write(tmp_path, [row()])
    with pytest.raises(UserError, match="no split 'test'; it has std, dev, train, all"):
        list(load(str(tmp_path), "test"))
    with pytest.raises(UserError, match="has 0 goals, and split 'std' begins with number 0"):
        list(load(str(tmp_path), "std"))
    (tmp_path / "items_shuffle_1000.json").write_text("[]")
    with pytest.raises(UserError, match=r"found items_shuffle\.json, items_shuffle_1000\.json; name the file itself"):
        list(load(str(tmp_path), "all"))
