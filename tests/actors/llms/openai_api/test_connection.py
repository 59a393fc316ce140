"""How a provider is reached: addresses, headers, queries, proxies."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import ValidationError

from actors.llms.llm import Episode
from actors.llms.openai_api.connection import connection_of, missing_variables
from actors.llms.openai_api.openai_llm import OpenAILLM
from actors.llms.openai_api.settings import OpenAISettings
from actors.llms.practice_provider import Practice, PracticeProvider, Seen
from actors.program.configuration import check
from actors.program.user_error import UserError
from environments.contract import Task
from environments.message import Message

KEY = "practice-key-0123456789"
EPISODE = Episode("e", Task("t", "operating_system", "dev", "test", {}))


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "no_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("PRACTICE_KEY", KEY)


def settings(**fields: Any) -> OpenAISettings:
    return OpenAISettings(
        **{"model": "practice", "api_key_env": ("PRACTICE_KEY",), "prices": None, "max_retries": 0, **fields}
    )


async def called(base_url: Callable[[str], str] = str, practice: Practice | None = None, **fields: Any) -> Seen:
    """How one call arrives at a provider with `base_url(its address)`."""
    async with PracticeProvider(practice or Practice()) as provider:
        llm = OpenAILLM(settings(base_url=base_url(provider.base_url), **fields))
        await llm.start()
        try:
            await llm.reply([Message("user", "hi")], EPISODE)
        finally:
            await llm.stop()
        return provider.seen[-1]


async def test_azure_is_reached_by_its_query_and_header() -> None:
    def azure(url: str) -> str:
        return url.removesuffix("/v1") + "/openai/deployments/m?api-version=2024-10-21"

    seen = await called(azure, Practice(keys=(KEY,)), api_key_header="api-key")
    assert seen.path == "/openai/deployments/m/chat/completions?api-version=2024-10-21"
    assert seen.headers["api-key"] == KEY
    assert "Authorization" not in seen.headers


async def test_own_headers_and_queries_take_their_secrets_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_TOKEN", "gateway-0123456789")
    fields = {
        "headers": {"X-Title": "a run", "x-auth": "Token ${GATEWAY_TOKEN}"},
        "query": {"key": "${GATEWAY_TOKEN}", "v": "1"},
    }
    seen = await called(**fields)
    assert (seen.headers["X-Title"], seen.headers["x-auth"]) == ("a run", "Token gateway-0123456789")
    assert seen.path == "/v1/chat/completions?key=gateway-0123456789&v=1"
    assert connection_of(settings(**fields)).secrets.hide("gateway-0123456789") == "…"
    monkeypatch.delenv("GATEWAY_TOKEN")
    with pytest.raises(UserError, match="GATEWAY_TOKEN is not set"):
        connection_of(settings(**fields))


@pytest.mark.parametrize("field", ["headers", "query"])
def test_a_secret_in_the_config_itself_is_refused_and_not_shown(field: str) -> None:
    with pytest.raises(UserError, match="api-key must not hold a secret itself") as caught:
        check({"model": "m", field: {"api-key": KEY}}, OpenAISettings, "rollout.yaml")
    assert KEY not in str(caught.value)
    with pytest.raises(ValidationError):
        settings(headers={"a b": "c"})


@pytest.mark.parametrize(
    "address", [f"https://host/v1?api-version=1&api-key={KEY}#x", f"https://me:pass-0123456789@host/?api-key={KEY}"]
)
def test_a_secret_in_the_addresss_query_is_refused_and_not_shown(address: str) -> None:
    with pytest.raises(
        UserError, match=r"base_url must not hold a secret itself.*query: \{api-key: \$\{NAME\}\}"
    ) as caught:
        check({"model": "m", "base_url": address}, OpenAISettings, "rollout.yaml")
    assert KEY not in str(caught.value)
    assert "pass-" not in str(caught.value)


def test_every_variable_that_is_missing_is_named_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLANK", " ")
    fields = {
        "api_key_env": ("PRACTICE_KEY", "BLANK"),
        "headers": {"x-auth": "${BLANK} ${NO_A}"},
        "query": {"key": "${NO_B}"},
    }
    assert missing_variables(settings(**fields)) == ["BLANK", "NO_A", "NO_B"]


@pytest.mark.parametrize(("refusals", "refused"), [(1, False), (2, False), (3, True)])
async def test_a_key_is_refused_at_the_start_only_when_models_says_so_again(refusals: int, refused: bool) -> None:
    asked = 0

    async def models(_: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        body = {"error": {"message": "unauthorized"}} if asked <= refusals else {"data": [{"id": "practice"}]}
        return web.json_response(body, status=401 if asked <= refusals else 200)

    app = web.Application()
    app.router.add_get("/v1/models", models)
    async with TestServer(app) as server:
        llm = OpenAILLM(settings(base_url=str(server.make_url("/v1"))))
        with pytest.raises(UserError, match="PRACTICE_KEY") if refused else contextlib.nullcontext():
            await llm.start()
        await llm.stop()
    assert asked == min(refusals + 1, 3)


async def test_the_whole_path_is_an_address_too() -> None:
    assert (await called(lambda url: f"{url}/chat/completions/")).path == "/v1/chat/completions"


async def test_user_and_password_in_the_address_are_sent_where_there_is_no_key_and_never_shown() -> None:
    def with_user(url: str) -> str:
        return url.replace("http://", "http://me:pass-0123456789@")

    assert (await called(with_user, api_key_env=())).headers["Authorization"] == "Basic bWU6cGFzcy0wMTIzNDU2Nzg5"
    connection = connection_of(settings(base_url=with_user("http://host/v1"), api_key_env=()))
    assert connection.shown == "http://…@host/v1"
    assert connection.secrets.hide("pass-0123456789, bWU6cGFzcy0wMTIzNDU2Nzg5") == "…, …"
    with pytest.raises(UserError, match="leave out the other") as caught:
        await called(with_user)
    assert "pass-" not in str(caught.value)


async def test_netrc_and_proxy_variables_leave_the_key_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text("default login me password secret\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
    assert (await called(practice=Practice(keys=(KEY,)))).headers["Authorization"] == f"Bearer {KEY}"
    assert "Authorization" not in (await called(api_key_env=())).headers


async def test_a_proxy_is_used_with_its_user_and_password(monkeypatch: pytest.MonkeyPatch) -> None:
    async with PracticeProvider(Practice(keys=(KEY,))) as proxy:
        monkeypatch.setenv("http_proxy", f"http://me:pass-0123456789@127.0.0.1:{proxy.port}")
        llm = OpenAILLM(settings(base_url="http://practice.invalid/v1"))
        await llm.start()
        assert (await llm.reply([Message("user", "hi")], EPISODE)).text
        await llm.stop()
        seen = proxy.seen[-1]
    assert seen.headers["Host"] == "practice.invalid"
    assert seen.headers["Proxy-Authorization"] == "Basic bWU6cGFzcy0wMTIzNDU2Nzg5"
    assert llm.hide("pass-0123456789") == "…"


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("http_proxy", "socks5://me:pass-0123456789@localhost:1", "only HTTP proxies"),
        ("PRACTICE_KEY", "practice-key\nPRACTICE_KEY", "no HTTP header takes"),
        ("PRACTICE_KEY", "practice-schlüssel", "no HTTP header takes"),
        ("PRACTICE_KEY", " ", "PRACTICE_KEY is not set"),
    ],
)
def test_what_the_environment_has_wrong_ends_in_one_line(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, said: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(UserError, match=said) as caught:
        connection_of(settings(base_url="http://host/v1"))
    assert "pass-" not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    ["", "host/v1", "ftp://host/v1", "http://", "http://host:port/v1", "http://[::1/v1", "http://host:99999/v1"],
)
def test_what_is_no_address_is_said(address: str) -> None:
    with pytest.raises(UserError, match="is no address"):
        connection_of(settings(base_url=address))


def test_every_setting_is_documented() -> None:
    page = (Path(__file__).parents[4] / "docs" / "providers.md").read_text()
    assert [name for name in OpenAISettings.model_fields if f"| `{name}` |" not in page] == []
