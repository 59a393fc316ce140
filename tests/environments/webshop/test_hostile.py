"""Whatever an agent writes or a stranger sends: an observation, a status or a refusal, never a crash, and nobody else
notices.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random
from urllib.parse import quote

import aiohttp
import msgspec
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from environments.contract import Lease, Status
from environments.registry import registered
from environments.webshop.environment import WebShop
from environments.webshop.page import read_page
from environments.webshop.payload import read_payload
from environments.webshop.settings import Settings
from tests.environments.episodes import episode
from tests.environments.webshop.players import a_task, act, actions, page
from tests.environments.webshop.test_tasks import row, write

pytestmark = pytest.mark.asyncio(loop_scope="session")
load = registered("webshop").load
TASK = a_task("two_options")
GOAL = read_payload(TASK).goal
SCRIPT = "<script>alert(1)</script>"


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def lease(environment: WebShop) -> AsyncIterator[Lease]:
    given = await environment.lease(TASK, "hostile")
    yield given
    await environment.release(given)


@pytest_asyncio.fixture(loop_scope="session")
async def http(environment: WebShop) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(environment._url()) as client:
        yield client


ARGUMENTS = st.text(max_size=60) | st.sampled_from(
    [
        "<r>",
        "<a> x",
        "' OR 1=1",
        '"',
        "contents:",
        "a AND (",
        "*",
        "a~2",
        "-",
        "\\",
        "\0",
        "\ud800",
        SCRIPT,
        "%s",
        "{{7*7}}",
        "../",
        " ",
    ]
)
REPLIES = st.one_of(
    st.text(max_size=200),
    st.builds("Action:\n{}[{}]".format, st.sampled_from(["search", "click"]), ARGUMENTS),
    st.builds(
        "Action:\nclick[{}]".format,
        st.sampled_from(["buy now", "< prev", "next >", "back to search", "features", "search"]),
    ),
)


@hypothesis_settings(max_examples=40)
@given(st.lists(REPLIES, max_size=10))
async def test_any_reply_is_answered(environment: WebShop, replies: list[str]) -> None:
    async with episode(environment, TASK) as session:
        for reply in replies:
            feedback = await session.step(reply)
            assert feedback.final or actions(feedback.observation)["clickables"]
            if feedback.final:
                return


@hypothesis_settings(max_examples=25)
@given(seed=st.integers(0, 10**6))
async def test_any_walk_through_the_shop_is_answered(environment: WebShop, seed: int) -> None:
    rng = Random(seed)
    async with episode(environment, TASK) as session:
        turn = await act(session, f"search[{rng.choice(['lamp', 'watch black', GOAL.name])}]")
        for _ in range(9):
            found = actions(turn)["clickables"]
            feedback = await session.step(f"Action:\nclick[{rng.choice(found).title()}]")
            if feedback.final:
                assert feedback.status in (Status.COMPLETED, Status.TASK_LIMIT)
                assert feedback.reward is not None
                return
            turn = feedback.observation
            assert page(turn).startswith(("Instruction:", "WebShop"))


async def test_a_huge_query_is_answered(environment: WebShop) -> None:
    async with episode(environment, TASK) as session:
        assert "Page 1" in await act(session, f"search[{'lamp ' * 200_000}]")
        assert "Page 1" in await act(session, f"search[{' '.join(str(n) for n in range(100_000))}]")
        assert "Page 1" in await act(session, "search[lamp]")


async def test_a_session_is_reached_by_its_id_alone(
    environment: WebShop, lease: Lease, http: aiohttp.ClientSession
) -> None:
    assert len(lease.secret) >= 24
    for id in (
        "",
        "x",
        lease.secret[:-1],
        lease.secret + "x",
        lease.secret.swapcase(),
        "..",
        "%2e%2e",
        "sessions",
        "static",
        "*",
        "a/b",
        "%00",
    ):
        async with http.get(f"/{id}/", allow_redirects=False) as answer:
            assert answer.status == 404, id
    async with http.get(f"/{lease.secret}/") as answer:
        assert answer.status == 200


async def test_the_host_alone_opens_and_ends_sessions(
    environment: WebShop, lease: Lease, http: aiohttp.ClientSession
) -> None:
    body = msgspec.json.encode(read_payload(TASK))
    for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": "Bearer "}, {"Authorization": "é"}):
        for method, path in (("POST", "/sessions"), ("DELETE", f"/sessions/{lease.secret}"), ("GET", "/health")):
            async with http.request(method, path, data=body, headers=headers) as answer:
                assert answer.status == 401
    token = {"Authorization": f"Bearer {environment._token}"}
    for bad in (b"", b"{", b"[]", b'{"catalogue": 1}', b"\xff"):
        async with http.post("/sessions", data=bad, headers=token) as answer:
            assert answer.status == 422


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("results", 400), ("results?s=x&page=1", 400), ("results?s=99&page=1", 404), ("results?s=-1&page=1", 404),
        ("results?s=0&page=0", 404), ("results?s=0&page=9999999999999999999999", 404), ("results?s=0&page=7", 200),
        ("item?s=0&page=1", 404), ("item?s=0&page=1&asin=%00", 404), ("item?s=0&page=1&asin=x%27%20OR%201", 404),
        (f"item?s=0&page=1&asin={GOAL.asin}&options=x", 400), (f"item?s=0&page=1&asin={GOAL.asin}&options=[]", 400),
        (f"item?s=0&page=1&asin={GOAL.asin}&options=" + quote('{"color":"gold"}'), 400),
        (f"item?s=0&page=1&asin={GOAL.asin}&options=" + quote('{"color":{"a":1}}'), 400),
        (f"item?s=0&page=1&asin={GOAL.asin}&options=" + quote("[" * 20_000), 400),
        (f"item?s=0&page=1&asin={GOAL.asin}", 200), (f"attributes?s=0&page=1&asin={GOAL.asin}", 404),
        ("done", 404), ("../../etc/passwd", 404), ("nothing", 404),
    ],
)  # fmt: skip
async def test_an_address_made_up_is_refused(lease: Lease, http: aiohttp.ClientSession, path: str, status: int) -> None:
    async with http.post(f"/{lease.secret}/search", data={"q": "lamp"}) as answer:
        assert answer.status == 200
    async with http.get(f"/{lease.secret}/{path}") as answer:
        assert answer.status == status
        assert (
            (await answer.text()).count("<html") == 1
            or path in ("../../etc/passwd", "nothing")
            or path.startswith("attributes")
        )


async def test_too_much_at_once_is_refused(lease: Lease, http: aiohttp.ClientSession) -> None:
    async with http.post(f"/{lease.secret}/search", data=b"q=" + b"x" * (1 << 20)) as answer:
        assert answer.status == 413


async def test_a_second_purchase_changes_nothing(environment: WebShop, http: aiohttp.ClientSession) -> None:
    given = await environment.lease(TASK, "twice")
    session = await environment.connect(given, TASK)
    await act(session, f"search[{GOAL.name}]")
    await act(session, f"click[{GOAL.asin}]")
    first = await session.step("Action:\nclick[Buy Now]")
    options = quote(json.dumps({name: value for name in ("color",) for value in GOAL.options[:1]}))
    for address in (
        f"/{given.secret}/buy?s=0&page=1&asin={GOAL.asin}",
        f"/{given.secret}/buy?s=0&page=1&asin={GOAL.asin}&options={options}",
    ):
        async with http.post(address) as answer:
            if answer.status == 200:
                outcome = read_page(await answer.text()).outcome
                assert outcome is not None
                assert outcome["reward"] == first.reward
    await session.close()
    await environment.release(given)


async def test_what_a_product_says_is_text_and_nothing_else(tmp_path: Path) -> None:
    nasty = (
        f'{SCRIPT}"\'>{{{{7*7}}}}</h4><button class="btn">Buy Now</button><input type="radio" value="x" data-url="/">'
    )
    options = {nasty: [{"value": nasty}, {"value": "</script>"}]}
    known = {"B000000001": {"instruction": nasty, "instruction_attributes": [nasty], "attributes": [nasty]}}
    rows = [row(name=nasty, full_description=nasty, small_description=[nasty], customization_options=options)]
    path = write(tmp_path, rows, known)
    environment = WebShop(Settings(catalogue=path, attributes_page=True))
    await environment.start()
    try:
        task = next(load(path, "all"))
        async with episode(environment, task) as session:
            assert actions(session.opening[-1].content)["clickables"] == ["search"]
            turn = await act(session, "search[alert]")
            assert actions(turn)["clickables"] == ["back to search", "next >", "b000000001"]
            assert nasty in page(turn)
            turn = await act(session, "click[b000000001]")
            buttons = ["back to search", "< prev", "description", "features", "reviews", "attributes", "buy now"]
            value = nasty.strip().replace("/", " | ").lower()
            assert actions(turn)["clickables"] == [*buttons, value, "< | script>"]
            for name in ("description", "features", "attributes"):
                assert nasty in page(await act(session, f"click[{name}]"))
                await act(session, "click[< prev]")
            ending = await session.step("Action:\nclick[buy now]")
            assert (ending.status, ending.details["bought"]["options"]) == (Status.COMPLETED, {})
    finally:
        await environment.stop()


async def test_a_page_of_any_length_is_read_whole(tmp_path: Path) -> None:
    words = " ".join(f"word{number}" for number in range(200_000))
    options = {"Color": [{"value": f"shade {number}"} for number in range(3000)]}
    known = {"B000000001": {"instruction": "tea", "instruction_attributes": ["tea"], "attributes": ["tea"]}}
    path = write(tmp_path, [row(full_description=words, customization_options=options)], known)
    environment = WebShop(Settings(catalogue=path))
    await environment.start()
    try:
        async with episode(environment, next(load(path, "all"))) as session:
            await act(session, "search[tea pot]")
            assert len(actions(await act(session, "click[b000000001]"))["clickables"]) == 3006
            assert "word199999" in page(await act(session, "click[description]"))
    finally:
        await environment.stop()
