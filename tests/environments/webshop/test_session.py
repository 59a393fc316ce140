"""The rounds of an episode: opening, pages in both modes, clickables, options, no-ops, endings."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from environments.contract import EnvironmentFault, Status, Task, TaskFault, UserError
from environments.message import Message
from environments.webshop.environment import WebShop, create
from environments.webshop.opening import read_opening
from environments.webshop.payload import read_payload
from environments.webshop.products.product_catalogue import Catalogue
from environments.webshop.settings import Settings
from tests.environments.episodes import episode, play
from tests.environments.webshop.players import a_task, act, actions, idler, nothing, page, reference

pytestmark = pytest.mark.asyncio(loop_scope="session")
TASK = a_task("two_options")
GOAL = read_payload(TASK).goal


async def _to_the_product(session: object) -> str:
    await act(session, f"search[{GOAL.name}]")  # type: ignore[arg-type]
    return await act(session, f"click[{GOAL.asin.lower()}]")  # type: ignore[arg-type]


async def test_the_opening_is_instruction_acknowledgement_demonstration_and_task(environment: WebShop) -> None:
    async with episode(environment, TASK) as session:
        opening = session.opening
    assert [message.role for message in opening] == ["user", "assistant"] * 5 + ["user"]
    assert {message.loss for message in opening if message.role == "assistant"} == {False}
    assert "search[keywords]" in opening[0].content
    assert opening[1] == Message("assistant", "Ok.", loss=False)
    start = f"WebShop [SEP] Instruction: [SEP] {GOAL.instruction} [SEP] Search"
    shown = "{'has_search_bar': True, 'clickables': ['search']}"
    assert opening[-1].content == f"Observation:\n{start}\n\nAvailable Actions:\n{shown}"


async def test_the_demonstration_can_be_left_out_or_be_the_users_own(environment: WebShop, tmp_path: Path) -> None:
    (tmp_path / "instruction.md").write_text("The original text.\n")
    with pytest.raises(UserError, match=r"cannot read '.*demonstration\.json'"):
        create(Settings(prompts=str(tmp_path)))
    create(Settings(prompts=str(tmp_path), demonstration=False))
    (tmp_path / "demonstration.json").write_text('[{"observation": "o"}]')
    with pytest.raises(UserError, match="is no demonstration"):
        create(Settings(prompts=str(tmp_path)))


async def test_an_opening_of_the_users_own_is_sent_to_the_byte(environment: WebShop, tmp_path: Path) -> None:
    said = [("user", "\nBuy. \n"), ("agent", "Ok."), ("user", '{"clickables":["..."]}'), ("assistant", " click[x]\n")]
    (tmp_path / "opening.json").write_text(json.dumps([{"role": role, "content": content} for role, content in said]))
    shown = read_opening(str(tmp_path), True)
    assert [message.content for message in shown] == [content for _, content in said]
    assert [(message.role, message.loss) for message in shown] == [("user", None), ("assistant", False)] * 2
    assert read_opening(str(tmp_path), False) == shown[:2]
    for wrong, why in (
        ("[", "no opening"),
        ("[]", "must alternate"),
        ('[{"role": "agent", "content": "x"}]', "must alternate"),
    ):
        (tmp_path / "opening.json").write_text(wrong)
        with pytest.raises(UserError, match=rf"opening\.json: {why}|{why}"):
            read_opening(str(tmp_path), True)


async def test_the_reference_needs_the_page_alone(environment: WebShop) -> None:
    def of_pages(task: Task, messages: Sequence[Message]) -> str:
        alone = [Message(message.role, page(message.content), message.loss) for message in messages]
        assert reference(task, alone) == reference(task, messages)
        return reference(task, alone)

    for family in ("two_options", "among_the_features"):
        assert (await play(environment, a_task(family), of_pages)).reward == 1.0


async def test_an_empty_page_of_reviews_has_nothing_of_ours(environment: WebShop, catalogue: Catalogue) -> None:
    async with episode(environment, TASK) as session:
        await _to_the_product(session)
        turn = await act(session, "click[Reviews]")
    product = catalogue.product(GOAL.asin)
    assert product is not None
    assert (page(turn).endswith("[SEP] Back to Search [SEP] < Prev")) is (not product.reviews)


async def test_pages_read_as_in_published_episodes(environment: WebShop, catalogue: Catalogue) -> None:
    product = catalogue.product(GOAL.asin)
    assert product is not None
    head = f"Instruction: [SEP] {GOAL.instruction} [SEP] Back to Search"
    options = " [SEP] ".join(part for name, values in product.options.items() for part in (name, *values))
    values = [value for values in product.options.values() for value in values]
    item = (
        f"{head} [SEP] < Prev [SEP] {options} [SEP] {product.title} [SEP] Price: {product.price_tag} [SEP] Rating:"
        f" {product.rating}"
    )
    async with episode(environment, TASK) as session:
        turn = await act(session, f"search[{product.title}]")
        assert page(turn).startswith(
            f"{head} [SEP] Page 1 (Total results: 50) [SEP] Next > [SEP] {product.asin} [SEP] {product.title}"
        )
        assert actions(turn)["clickables"][:3] == ["back to search", "next >", product.asin.lower()]
        assert len(actions(turn)["clickables"]) == 12
        turn = await act(session, f"click[{product.asin}]")
        assert page(turn) == f"{item} [SEP] Description [SEP] Features [SEP] Reviews [SEP] Buy Now"
        buttons = ["back to search", "< prev", "description", "features", "reviews", "buy now"]
        assert actions(turn) == {"has_search_bar": False, "clickables": buttons + values}
        turn = await act(session, "click[Description]")
        assert page(turn) == f"{head} [SEP] < Prev [SEP] {product.description}"
        assert actions(turn)["clickables"] == ["back to search", "< prev"]


async def test_results_have_five_pages_and_buttons_lead_back(environment: WebShop) -> None:
    async with episode(environment, TASK) as session:
        await act(session, "search[black lamp]")
        for number in range(2, 6):
            turn = await act(session, "click[Next >]")
            assert f"Page {number} (Total results: 50) [SEP] < Prev" in page(turn)
        assert actions(turn)["clickables"][:3] == ["back to search", "< prev", "next >"]
        head = f"Instruction: [SEP] {GOAL.instruction} [SEP] Back to Search"
        assert (
            page(await act(session, "click[Next >]"))
            == f"{head} [SEP] Page 6 (Total results: 50) [SEP] < Prev [SEP] Next >"
        )
        await act(session, "click[< Prev]")
        assert "Page 4 " in page(await act(session, "click[< Prev]"))
        turn = await act(session, "click[Back to Search]")
        assert actions(turn) == {"has_search_bar": True, "clickables": ["search"]}


async def test_previous_leads_from_details_to_the_product_with_its_options_and_then_to_the_results(
    environment: WebShop,
) -> None:
    rich = WebShop(Settings(observation="text_rich"))
    lease = await environment.lease(TASK, "previous")
    session = await rich.connect(lease, TASK)
    value, _ = GOAL.options
    await _to_the_product(session)
    await act(session, f"click[{value.upper()}]")
    await act(session, "click[features]")
    assert f"[clicked button] {value} [clicked button_]" in page(await act(session, "click[< prev]"))
    turn = await act(session, "click[< prev]")
    assert f"[clicked button] {GOAL.asin} [clicked button_]" in page(turn)
    turn = await act(session, f"click[{GOAL.asin}]")
    assert "You have clicked" not in page(turn), "options are forgotten on the way"
    await session.close()
    await environment.release(lease)


async def test_rich_text_marks_buttons_options_and_products(environment: WebShop) -> None:
    rich = WebShop(Settings(observation="text_rich", demonstration=False))
    lease = await environment.lease(TASK, "rich")
    session = await rich.connect(lease, TASK)
    assert (
        page(session.opening[-1].content) == f"WebShop\nInstruction:\n{GOAL.instruction}\n[button] Search [button_]\n"
    )
    turn = await act(session, f"search[{GOAL.name}]")
    assert f"\n\n[button] {GOAL.asin} [button_]\n{GOAL.name}\n" in page(turn)
    value = GOAL.options[0]
    turn = await act(session, f"click[{GOAL.asin}]")
    assert f"\n  [button] {value} [button_]\n" in page(turn)
    turn = await act(session, f"click[{value}]")
    assert page(turn).startswith(f"You have clicked {value}.\nInstruction:\n")
    assert f"\n  [clicked button] {value} [clicked button_]\n" in page(turn)
    await session.close()
    await environment.release(lease)


async def test_one_value_of_each_option_counts_and_the_last_wins(environment: WebShop, catalogue: Catalogue) -> None:
    product = catalogue.product(GOAL.asin)
    assert product is not None
    async with episode(environment, TASK) as session:
        await _to_the_product(session)
        for values in list(product.options.values())[:2]:
            for value in values[:2]:
                await act(session, f"click[{value}]")
        ending = await session.step("Action:\nclick[Buy Now]")
    assert ending.details["bought"]["options"] == {
        name: values[1] for name, values in list(product.options.items())[:2]
    }
    assert ending.details["answer"].startswith(f"{GOAL.asin}, ")
    assert f", such as {GOAL.asin}" in ending.details["expected"]


async def test_what_is_not_there_changes_nothing_and_costs_a_round(environment: WebShop) -> None:
    async with episode(environment, TASK) as session:
        start = session.opening[-1].content
        for action in ("click[search]", "click[buy now]", "search[a[b]", "click[nothing]", "click[ Search ]"):
            assert await act(session, action) == start
        assert "Page 1" in await act(session, f"search[{GOAL.name}]")
        assert "Page 1" in await act(session, "search[search works where no bar is shown, too]")
        ending = await session.step("none")
    assert (ending.details["rounds"], ending.details["no_ops"]) == (7, 5)


async def test_a_search_for_nothing_known_finds_nothing(environment: WebShop) -> None:
    async with episode(environment, TASK) as session:
        turn = await act(session, "search[the of qqqqzzzz]")
    assert page(turn).endswith("[SEP] Back to Search [SEP] Page 1 (Total results: 0) [SEP] Next >")


async def test_a_reply_without_an_action_ends_the_episode(environment: WebShop) -> None:
    ending = await play(environment, TASK, nothing)
    assert (ending.status, ending.reward) == (Status.VALIDATION_FAILED, 0.0)


async def test_ten_rounds_and_no_more(environment: WebShop) -> None:
    ending = await play(environment, TASK, idler)
    assert (ending.status, ending.reward, ending.details["rounds"]) == (Status.TASK_LIMIT, 0.0, 10)


async def test_a_purchase_in_the_tenth_round_counts(environment: WebShop) -> None:
    async with episode(environment, TASK) as session:
        for _ in range(5):
            await act(session, "click[nothing]")
        await _to_the_product(session)
        for value in GOAL.options:
            await act(session, f"click[{value}]")
        ending = await session.step("Action:\nclick[buy now]")
        with pytest.raises(EnvironmentFault, match="over"):
            await session.step("Action:\nclick[buy now]")
    assert (ending.status, ending.reward, ending.details["rounds"]) == (Status.COMPLETED, 1.0, 10)


async def test_an_episode_repeats_to_the_letter(environment: WebShop) -> None:
    seen = []
    for _ in range(2):
        async with episode(environment, TASK) as session:
            turns = [await act(session, action) for action in ("search[black lamp]", "click[next >]", "click[< prev]")]
            seen.append([session.opening[-1].content, *turns])
    assert seen[0] == seen[1]


async def test_a_task_for_another_catalogue_is_refused(environment: WebShop) -> None:
    payload = TASK.payload
    for changed, said in (
        ({**payload, "catalogue": "items_shuffle"}, "made for catalogue 'items_shuffle', this shop has 'generated-1'"),
        ({**payload, "goal": {**payload["goal"], "asin": "B000000000"}}, "product 'B000000000' is not in catalogue"),
        ({**payload, "goal": {**payload["goal"], "attributes": []}}, "without attributes"),
        ({"goal": 3}, "is no shopping task"),
    ):
        task = type(TASK)("other", "webshop", "test", "test", changed)
        with pytest.raises(TaskFault, match=said):
            await environment.lease(task, "other")
