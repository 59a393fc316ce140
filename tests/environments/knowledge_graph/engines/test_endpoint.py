"""Odd characters in an endpoint's answers: none of them costs the answer, and none is handed back to it in a query."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from environments.contract import EnvironmentFault
from environments.knowledge_graph.engines.endpoint import Endpoint
from environments.knowledge_graph.engines.engine import Malformed
from environments.knowledge_graph.synthetic.graph import own_ontology
from environments.knowledge_graph.tools import Mistake, Toolbox

pytestmark = pytest.mark.asyncio(loop_scope="session")

HEAD, TAIL = b'{"results": {"bindings": [{"x": {"value": "', b'"}}]}}'


@asynccontextmanager
async def answering(body: bytes, status: int = 200) -> AsyncIterator[Endpoint]:
    """A SPARQL endpoint that says this to everything."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body, status=status)

    application = web.Application()
    application.router.add_post("/sparql", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    engine = Endpoint(f"http://127.0.0.1:{runner.addresses[0][1]}/sparql", 5)
    try:
        yield engine
    finally:
        await engine.close()
        await runner.cleanup()


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (b"caf\xe9", "caf\ufffd"),
        (b"half \\ud83d", "half \ufffd"),
        (b"whole \\ud83d\\ude00", "whole \U0001f600"),
        (b"a\tb\x01", "a\tb\x01"),
        ("漢".encode(), "漢"),
    ],
)
async def test_an_odd_character_costs_no_answer(sent: bytes, read: str) -> None:
    for before in (b"", b"\xef\xbb\xbf"):
        async with answering(before + HEAD + sent + TAIL) as engine:
            assert (await engine.select("SELECT ?x WHERE {}", 10)).values == [read]


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"results": 1}', b"\xff\xfe", b"[" * 100_000])
async def test_what_is_no_result_is_a_fault_in_one_line(body: bytes) -> None:
    async with answering(body) as engine:
        with pytest.raises(EnvironmentFault, match="sends no SPARQL JSON results"):
            await engine.select("SELECT ?x WHERE {}", 10)


async def test_a_query_that_the_endpoint_cannot_read_is_told_apart() -> None:
    async with answering(b"syntax error", 400) as engine:
        with pytest.raises(Malformed, match="answers 400: syntax error"):
            await engine.select("SELEKT", 10)


async def test_a_relation_that_no_query_can_name_is_not_shown() -> None:
    async with answering(HEAD + b'a.b"}}, {"x": {"value": "odd.[x]"}}, {"x": {"value": "a.\\ud83d' + TAIL) as engine:
        tools = Toolbox(engine, own_ontology(), open_rules=True)
        assert await tools.call("get_relations", ("m.0a",)) == "Observation: [a.b]"
        with pytest.raises(Mistake):
            await tools.call("get_neighbors", ("m.0a", "odd.[x]"))
