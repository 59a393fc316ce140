"""Generated tasks: reproducible, worth what they claim, and to be solved by reading."""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import combinations

import msgspec
import pytest

from environments.contract import UserError
from environments.webshop.colors import normalize_color
from environments.webshop.environment import WebShop
from environments.webshop.families import FAMILIES
from environments.webshop.fuzzy import same
from environments.webshop.generate import families, generate
from environments.webshop.judge import fits
from environments.webshop.payload import read_payload
from environments.webshop.products.assortment import Ware, wares
from environments.webshop.products.synthetic import assortment
from tests.environments.episodes import Player, play
from tests.environments.webshop.players import idler, nothing, random_basket, reference

EACH = 2


async def _rewards(environment: WebShop, players: list[tuple[Player, object]]) -> list[float]:
    together = asyncio.Semaphore(16)

    async def one(player: Player, task: object) -> float:
        async with together:
            reward = (await play(environment, task, player)).reward  # type: ignore[arg-type]
            assert reward is not None
            return reward

    return await asyncio.gather(*(one(player, task) for player, task in players))


@pytest.mark.asyncio(loop_scope="session")
async def test_reference_earns_1_doing_nothing_0_and_a_random_basket_next_to_nothing(environment: WebShop) -> None:
    tasks = [*generate(EACH * len(families()), 11, "train"), *generate(len(families()), 11, "test")]
    for player, expected in ((reference, 1.0), (nothing, 0.0), (idler, 0.0)):
        rewards = await _rewards(environment, [(player, task) for task in tasks])
        assert [task.id for task, got in zip(tasks, rewards, strict=True) if got != expected] == []
    rewards = await _rewards(environment, [(random_basket(number), task) for number, task in enumerate(tasks)])
    assert sum(rewards) / len(rewards) < 0.05


def test_a_look_alike_is_not_worth_1() -> None:
    """In every family some product of the same kind fails, and in the families with a brand one of the same line
    does.
    """
    for task in generate(2 * len(families()), 5, "train"):
        goal = read_payload(task).goal
        target = next(item for item in assortment() if item.product.asin == goal.asin)
        near = [
            item
            for item in assortment()
            if (item.brand == target.brand if FAMILIES[task.family].brand else item.ware is target.ware)
        ]
        worth = []
        for item in near:
            chosen = {
                value: value
                for value in goal.options
                if any(value in offered for offered in item.product.options.values())
            }
            worth.append(fits(item.product, chosen, goal))
        assert worth[near.index(target)]
        assert not all(worth), task.id


def test_a_task_depends_on_seed_family_and_number_alone() -> None:
    whole = list(generate(2 * len(families()), 3, "train"))
    name = families()[7]
    assert [task for task in whole if task.family == name] == list(generate(2, 3, "train", [name]))
    assert msgspec.json.encode(whole) == msgspec.json.encode(list(generate(2 * len(families()), 3, "train")))
    assert len({task.id for task in whole}) == len(whole)


def test_families_are_many_and_wordings_vary() -> None:
    assert len(families()) >= 20
    beginnings = Counter(read_payload(task).goal.instruction.split()[1] for task in generate(100, 0, "train"))
    assert len(beginnings) >= 4


def test_every_split_but_training_shops_for_products_of_its_own() -> None:
    """A suite's column is the split of its tasks, and is called as its author likes."""
    asked = {
        split: {task.payload["goal"]["asin"] for task in generate(300, 1, split)}
        for split in ("train", "new-instances", "test")
    }
    assert asked["train"].isdisjoint(asked["new-instances"] | asked["test"])
    assert not asked["new-instances"].isdisjoint(asked["test"])


def test_an_unknown_family_names_the_nearest() -> None:
    with pytest.raises(UserError, match="did you mean 'two_options'"):
        list(generate(1, 0, "train", ["two_option"]))


@pytest.mark.parametrize("ware", wares(), ids=lambda ware: ware.thing)
def test_what_is_to_be_told_apart_differs_to_the_reward(ware: Ware) -> None:
    assert len(ware.attributes) == len(set(ware.attributes)) == 8
    for one, other in combinations(ware.attributes, 2):
        assert not same(one, other)
        assert one not in other
        assert other not in one
    values = [normalize_color(value) for axis in ware.axes for value in axis.values]
    assert not [pair for pair in combinations(values, 2) if same(*pair)]


def test_the_generated_catalogue_has_lines_of_look_alikes() -> None:
    items = assortment()
    assert len(items) == len({item.product.asin for item in items}) == 960
    for number in range(0, len(items), 6):
        own, *others = items[number : number + 6]
        assert len({item.brand for item in (own, *others)}) == 1
        different = [len(set(own.traits.all()) - set(item.traits.all())) for item in others]
        assert different == [1, 1, 1, 0, 0]
        assert others[3].product.price > 1.6 * own.product.price
        assert any(own.product.options[name] != values for name, values in others[4].product.options.items())
