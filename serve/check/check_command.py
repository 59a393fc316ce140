"""Is what is served what was trained? `python -m serve check MODEL [key=value …] [--url URL [--served-name NAME]]
[--engine transformers]`.

A line each for the folder's files, chat template, token ids, log-probabilities and stop token; exit code 0 when nothing
failed, 1 when something did, 2 for a mistake in what was asked. What could not be checked is said, and fails nothing.
MODEL is served by the pool's vLLM engine in this process (key=value are its settings, as under `llm:` of a rollout), by
transformers, or by the server at URL.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

from actors.program.configuration import check, with_overrides
from actors.program.terminal import console
from actors.program.user_error import UserError
from train.model.model_folder import require_model_folder

if TYPE_CHECKING:
    from serve.check.finding import Finding
    from serve.check.served import Served

ENGINES = ("vllm", "transformers")
_CONTEXT_TOKENS = 2048  # the check's conversations need no more, and a whole context's cache may not fit


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", help="a Hugging Face folder, such as RUN/model that a training run wrote")
    parser.add_argument(
        "overrides", nargs="*", metavar="key=value", help="settings of what serves it, for example dtype=bfloat16"
    )
    parser.add_argument(
        "--engine", choices=ENGINES, default="vllm", help="what serves it in this process (default: vllm)"
    )
    parser.add_argument(
        "--url", help="an OpenAI-compatible server that serves it instead, such as http://127.0.0.1:8000/v1"
    )
    parser.add_argument(
        "--served-name", metavar="NAME", help="the model's name there (default: the only one that it has)"
    )
    parser.add_argument(
        "--run", metavar="RUN", help="the training run that wrote it, where its manifest does not lie in or above MODEL"
    )


def run(arguments: argparse.Namespace) -> int:
    model_dir = str(Path(arguments.model).expanduser())
    require_model_folder(model_dir)
    from serve.check import reference
    from serve.check.finding import failed

    reference.require_weights(model_dir)
    return int(failed(asyncio.run(_examine(arguments, model_dir, _served(arguments, model_dir)))))


def _served(arguments: argparse.Namespace, model_dir: str) -> Served:
    if arguments.served_name and not arguments.url:
        raise UserError(f"--served-name '{arguments.served_name}' names a model of a server: give its --url, too")
    if arguments.url:
        from serve.check.settings import URLSettings
        from serve.check.url_served import URLServed

        given = {"url": arguments.url, "served_name": arguments.served_name}
        return URLServed(check(with_overrides(given, arguments.overrides), URLSettings, "key=value"))
    if arguments.engine == "transformers":
        from serve.check.settings import TransformersSettings
        from serve.check.transformers_served import TransformersServed

        return TransformersServed(
            check(with_overrides({"model": model_dir}, arguments.overrides), TransformersSettings, "key=value")
        )
    from actors.llms.vllm_llm import HOW_TO_INSTALL
    from actors.llms.vllm_settings import VLLMSettings
    from serve.check import reference
    from serve.check.vllm_served import VLLMServed

    if importlib.util.find_spec("vllm") is None:
        raise UserError(
            f"the package 'vllm' is not installed: {HOW_TO_INSTALL}; --engine transformers and --url do without"
        )
    context = min(_CONTEXT_TOKENS, reference.context_tokens(model_dir) or _CONTEXT_TOKENS)
    given = {"model": model_dir, "max_model_len": context}
    return VLLMServed(check(with_overrides(given, arguments.overrides), VLLMSettings, "key=value"))


async def _examine(arguments: argparse.Namespace, model_dir: str, served: Served) -> list[Finding]:
    from actors.records import training_record
    from serve.check import served_model_check

    findings: list[Finding] = []

    def report(finding: Finding) -> None:
        findings.append(finding)
        console().print(str(finding), soft_wrap=True)

    try:
        if (
            arguments.url
        ):  # whose mistakes show at once; an engine waits until the trainer's forward has freed its memory
            await served.start()
        rendering = served_model_check.of_folder(
            training_record.read(Path(model_dir), arguments.run), model_dir, report
        )
        await served_model_check.of_server(served, rendering, findings, report)
    finally:
        await served.stop()
    return findings
