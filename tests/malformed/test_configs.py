"""A config that cannot be played is one line, exit code 2, soon, and nothing is left behind."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.malformed.calls import BASE, refused

PROVIDER = {"kind": "openai", "model": "m", "api_key_env": []}


NOWHERE = {**PROVIDER, "base_url": "http://127.0.0.1:9/v1"}


def config(**fields: Any) -> bytes:
    return json.dumps({**BASE, **fields}).encode()


def tasks(**fields: Any) -> bytes:
    return config(tasks=[{"environment": "practice", **fields}])


def llm(**fields: Any) -> bytes:
    return config(llm=fields)


def yaml_of(**fields: str) -> bytes:
    known = {"store": "out", "tasks": "[{environment: practice, generate: 1}]", "llm": "{kind: reference}", **fields}
    return "".join(f"{key}: {value}\n" for key, value in known.items()).encode()


BOMB = b"a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + b"".join(
    b"a%d: &a%d [%s]\n" % (i, i, b",".join([b"*a%d" % (i - 1)] * 9)) for i in range(1, 10)
)


INNER_BOMB = (
    "{b0: &b0 [x,x,x,x,x,x,x,x,x]"
    + "".join(f", b{i}: &b{i} [{','.join([f'*b{i - 1}'] * 9)}]" for i in range(1, 9))
    + "}"
)


OPENAI = "{kind: openai, model: m, api_key_env: [], base_url: 'http://127.0.0.1:9/v1', "


CONFIGS: dict[str, tuple[bytes, str]] = {
    "unknown key": (config(stroe=1), "did you mean 'store'"),
    "unknown nested": (llm(kind="reference", x=1), "unknown key"),
    "generate text": (tasks(generate="many"), "valid integer"),
    "generate negative": (tasks(generate=-3), "greater than"),
    "generate zero": (tasks(generate=0), "greater than"),
    "generate fraction": (tasks(generate=2.5), "valid integer"),
    "generate true": (tasks(generate=True), "found true, which is no number"),
    "generate as text": (tasks(generate="2"), "found '2', which is no number"),
    "neither": (tasks(), "exactly one of"),
    "both": (tasks(generate=1, file="x"), "exactly one of"),
    "tasks empty": (config(tasks=[]), "'tasks'"),
    "tasks mapping": (config(tasks={"a": 1}), "'tasks'"),
    "tasks null": (config(tasks=None), "'tasks'"),
    "unknown environment": (
        config(tasks=[{"environment": "operating_sistem", "generate": 1}]),
        "did you mean 'operating_system'",
    ),
    "environment is a path": (config(tasks=[{"environment": "../../etc", "generate": 1}]), "unknown environment"),
    "unknown family": (tasks(generate=1, families=["zzz"]), "no family"),
    "no such pattern": (config(tasks=[{"environment": "database", "generate": 1, "families": ["zzz*"]}]), "no family"),
    "all families left out": (
        config(tasks=[{"environment": "database", "generate": 1, "without": ["*"]}]),
        "leave no family",
    ),
    **{
        f"file of {name} {kind}": (config(tasks=[{"environment": name, "file": file}]), "")
        for name in ("operating_system", "database", "knowledge_graph", "webshop", "practice")
        for kind, file in (
            ("missing", "nowhere.json"),
            ("folder", "."),
            ("null", "/dev/null"),
            ("binary", "binary"),
            ("dangling", "dangling"),
        )
    },
    "file empty": (config(tasks=[{"environment": "database", "file": ""}]), "at least 1 character"),
    "llm missing": (json.dumps({k: v for k, v in BASE.items() if k != "llm"}).encode(), "'llm' is missing"),
    "llm text": (config(llm="gpt-4"), "'llm'"),
    "llm kind unknown": (llm(kind="gpt"), "'reference', 'openai', 'vllm'"),
    "llm kind missing": (llm(model="x"), "'llm'"),
    "no model": (llm(kind="openai"), "model"),
    "empty model": (llm(kind="openai", model=""), "at least 1 character"),
    "no key": (llm(kind="openai", model="m", api_key_env=["NOPE_KEY"]), "NOPE_KEY"),
    "url of another kind": (llm(**{**PROVIDER, "base_url": "ftp://x"}), "ftp://x"),
    "url garbage": (llm(**{**PROVIDER, "base_url": "http://[::1"}), "is no address"),
    "port out of range": (llm(**{**PROVIDER, "base_url": "http://127.0.0.1:99999/v1"}), "is no address"),
    "url empty": (llm(**{**PROVIDER, "base_url": ""}), "base_url"),
    "nobody listens": (llm(**NOWHERE), "127.0.0.1:9"),
    "temperature negative": (llm(**NOWHERE, sampling={"temperature": -1}), "temperature"),
    "temperature NaN": (yaml_of(llm=OPENAI + "sampling: {temperature: .nan}}"), "no finite number"),
    "no requests a minute": (llm(**NOWHERE, requests_per_minute=0), "requests_per_minute"),
    "infinite requests a minute": (yaml_of(llm=OPENAI + "requests_per_minute: .inf}"), "no finite number"),
    "prices missing": (config(llm={**NOWHERE, "prices": "nowhere"}, budget=1), "price table"),
    "prices a folder": (config(llm={**NOWHERE, "prices": "."}, budget=1), "price table"),
    "prices binary": (config(llm={**NOWHERE, "prices": "binary"}, budget=1), "price table"),
    "budget of a reference": (config(budget=1), "costs no money"),
    "budget negative": (config(budget=-1), "budget"),
    "budget without price": (config(llm={**NOWHERE, "model": "zzz"}, budget=1), "no model 'zzz'"),
    "model nowhere": (llm(kind="vllm", model="/nonexistent"), "/nonexistent"),
    "model a file": (llm(kind="vllm", model="/etc/passwd"), "/etc/passwd"),
    "model an empty folder": (llm(kind="vllm", model="empty"), "empty"),
    "no actors": (config(llm_actors={"actors": 0}), "actors"),
    "a billion actors": (config(llm_actors={"actors": 10**9}), "actors"),
    "concurrency negative": (config(llm_actors={"concurrency": -1}), "concurrency"),
    "no attempts": (config(attempts=0), "attempts"),
    "seed text": (config(seed="a"), "seed"),
    "seed huge": (config(seed=10**30), "more than 64 bits"),
    "seed of 10,000 digits": (yaml_of(seed="9" * 10_000), "more than 64 bits"),
    "seed infinite": (yaml_of(seed="1e400"), "no finite number"),
    "seed a date": (yaml_of(seed="2020-02-31"), "valid integer"),
    "generate a time": (yaml_of(tasks="[{environment: practice, generate: 12:30}]"), "valid integer"),
    "no turns": (config(limits={"max_turns": 0}), "max_turns"),
    "unknown limit": (config(limits={"turns": 3}), "max_turns"),
    "no tries": (config(retries={"max_tries": 0}), "max_tries"),
    "flush zero": (config(flush_interval_s=0), "flush_interval_s"),
    "flush slow": (config(flush_interval_s=1000), "flush_interval_s"),
    "unknown settings": (config(environments={"databse": {}}), "did you mean 'database'"),
    "unknown setting": (config(environments={"database": {"settings": {"timeout": 1}}}), "unknown key"),
    "setting of another type": (
        config(environments={"operating_system": {"settings": {"memory_mb": "800"}}}),
        "valid integer",
    ),
    "settings a list": (config(environments={"database": {"settings": [1]}}), "valid dictionary"),
    "environments a list": (config(environments=[1]), "valid dictionary"),
    "store empty": (config(store=""), "at least 1 character"),
    "store null": (config(store=None), "'store'"),
    "store a number": (config(store=5), "'store'"),
    "store a file": (config(store="/etc/passwd"), "/etc/passwd"),
    "store below a file": (config(store="/etc/passwd/x"), "/etc/passwd/x"),
    "store in /proc": (config(store="/proc/x"), "/proc/x"),
    "store of an unknown protocol": (config(store="foo://bar"), "foo://bar"),
    "store with a NUL": (config(store="a\0b"), "NUL"),
    "store with half a character": (b'{"store": "a\\ud800", "tasks": [], "llm": {}}', "half a character"),
    "store of a long name": (config(store="x" * 300), "name too long"),
    "store a strange folder": (config(store="strange"), "was not written by 'rollout'"),
    "no content": (b"", "found nothing"),
    "a comment": (b"# hi\n", "found nothing"),
    "a list": (b"- 1\n", "found list"),
    "a scalar": (b"42\n", "found int"),
    "not YAML": (b"a: [1, 2\nb: }", "line 2"),
    "tabs": (b"a:\n\tb: 1\n", "line 2"),
    "not UTF-8": (b"store: \xff\xfe\n", "not UTF-8"),
    "UTF-16": ("store: x".encode("utf-16"), "not UTF-8"),
    "a NUL": (b"store: a\0b\n", "special characters"),
    "a tag": (b"store: !!python/object/apply:os.system ['touch pwned']\n", "the tag"),
    "a key twice": (yaml_of() + b"store: other\n", "second time"),
    "two documents": (b"a: 1\n---\nb: 2\n", "another document"),
    "an anchor in itself": (yaml_of(tasks="&a [*a]"), "holds itself"),
    "an anchor in itself, in settings": (yaml_of(environments="{practice: {settings: &a {x: *a}}}"), "holds itself"),
    "an anchor in itself, in a body": (yaml_of(llm=OPENAI + "extra_body: &a {x: *a}}"), "holds itself"),
    "aliases that grow": (BOMB, "every alias written out"),
    "aliases that grow in a body": (yaml_of(llm=OPENAI + f"extra_body: {INNER_BOMB}}}"), "every alias written out"),
    "deep lists": (b"a: " + b"[" * 5000 + b"]" * 5000, "nested deeper"),
    "deep mappings": (b"store: " + b"{a: " * 3000 + b"1" + b"}" * 3000, "nested deeper"),
}


@pytest.mark.parametrize("name", CONFIGS)
def test_a_config_that_cannot_be_played_is_one_line(name: str, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content, said = CONFIGS[name]
    Path("bad.yaml").write_bytes(content)
    before = sorted(os.listdir())
    assert said in refused("actors", ["rollout", "bad.yaml"], capsys)
    assert sorted(os.listdir()) == before


@pytest.mark.parametrize(
    "override",
    [
        "x",
        "=1",
        "a=",
        "tasks.5.generate=1",
        "tasks.0.generate=[",
        "tasks.-1.generate=1",
        "store.x=1",
        "llm.kind.x=1",
        "tasks=1",
        "seed=!!python/name:os.system",
        "tasks.0.environment=zzz",
        "--nope",
        "llm={kind: zzz}",
        "store=",
        "seed=2020-02-31",
        "a.b.c.d.e.f=1",
        "",
    ],
)
def test_an_override_that_is_none_is_one_line(override: str, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refused("actors", ["rollout", "ok.yaml", override], capsys)
    assert not Path("out").exists()
