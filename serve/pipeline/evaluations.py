"""The stages that measure: one evaluation for each model of the pipeline, on one suite."""

from __future__ import annotations

import json
from pathlib import Path

from actors.llms.llm_kinds import AnyLLMSettings
from actors.llms.reference_llm import ReferenceSettings
from actors.program.configuration import load
from actors.program.user_error import UserError
from serve.evaluation.evaluation import FILE
from serve.evaluation.playing import Playing
from serve.evaluation.suite import Suite
from serve.general import general_result
from serve.pipeline.layout import FREE_IN_ROLLOUTS, SCHEDULING, Layout
from serve.pipeline.settings import Evaluate, GeneralCheck, PipelineSettings, Who
from serve.pipeline.stage import Stage

TUNING: tuple[Who, ...] = ("base", "tuned")
ENGINE = {
    "device",
    "dtype",
    "tensor_parallel",
    "gpu_memory_utilization",
    "enforce_eager",
    "kv_cache_gib",
    "threads",
    "engine",
}


def evaluation(settings: PipelineSettings, places: Layout, who: Who) -> Stage:
    """`who` plays the suite. Raises `UserError` for a suite that cannot be read."""
    evaluate = _evaluate(settings)
    name = f"evaluate-{who}"
    suite = suite_of(evaluate)
    path, out = places.config(name), places.out / name
    words = [
        "serve",
        "evaluate",
        evaluate.suite,
        "--llm",
        str(path),
        "--out",
        str(out),
        "--name",
        who,
        "--errors",
        evaluate.errors,
    ]
    reads = task_files(suite)
    free = (*FREE_IN_ROLLOUTS, *(f"suite.{key}" for key in SCHEDULING), "suite.data", "suite.columns.*.file")
    if who != "teacher":
        reads["model"] = places.model(who)
    return Stage(
        name=name,
        what=f"the {who} model plays the suite '{suite.name}'",
        words=words,
        reads=reads,
        writes=out,
        done=out / FILE,
        config=playing(settings, evaluate, places, who, suite),
        config_path=path,
        in_place=False,
        free=free if who == "teacher" else (*free, "llm.model"),
        besides={"suite": suite.model_dump(mode="json", exclude_defaults=True)},
    )


def _evaluate(settings: PipelineSettings) -> Evaluate:
    if settings.evaluate is None:
        raise UserError("'evaluate' is missing: say which suite is played")
    return settings.evaluate


def check(settings: PipelineSettings, places: Layout) -> Stage:
    """Whether what is served is what was trained, before anything is measured on it; served as it will be, if that is
    said.
    """
    llm = settings.evaluate.llm if settings.evaluate else None
    words = ["serve", "check", str(places.tuned), "--run", str(places.train)]
    if llm is None:
        words += ["--engine", "transformers"]
    else:
        said = llm.model_dump(mode="json", exclude_unset=True, include=ENGINE)
        words += [f"{key}={value if isinstance(value, str) else json.dumps(value)}" for key, value in said.items()]
    return Stage(
        name="check",
        what="what is served is what was trained",
        words=words,
        reads={"model": places.tuned},
        writes=None,
        done=None,
    )


def general_check(options: GeneralCheck, places: Layout, who: Who) -> Stage:
    """Chat that was not trained on, and general items.

    The run says what was trained on, so the base model waits for it, too.
    """
    chats = Path(options.chats) if options.chats else places.chat
    out = places.out / f"general-{who}"
    words = [
        "serve",
        "general",
        str(places.model(who)),
        "--chats",
        str(chats),
        "--training",
        str(places.train),
        "--out",
        str(out),
        "--name",
        who,
    ]
    for option, value in options.model_dump(exclude_defaults=True, exclude={"chats"}).items():
        words += [f"--{option.replace('_', '-')}", str(value)]
    reads = {"model": places.model(who), "chats": Path(str(chats)), "training": places.train / "manifest.json"}
    return Stage(
        name=f"general-{who}",
        what=f"what the {who} model can besides",
        words=words,
        reads=reads,
        writes=out,
        done=out / general_result.FILE,
    )


def report(settings: PipelineSettings, places: Layout) -> Stage:
    """All evaluations side by side, base first."""
    order: tuple[Who, ...] = ("base", "tuned", "teacher")
    there = [who for who in order if who in _evaluate(settings).models]
    folders = {f"evaluate-{who}": places.out / f"evaluate-{who}" for who in there}
    words = [
        "serve",
        "report",
        *map(str, folders.values()),
        "--training",
        str(places.train),
        "--filtered",
        str(places.filtered),
    ]
    generals = {f"general-{who}": places.out / f"general-{who}" for who in TUNING} if settings.general_check else {}
    words += ["--general", *map(str, generals.values())] if generals else []
    words += ["--out", str(places.report)]
    reads = {name: folder / FILE for name, folder in folders.items()}
    reads |= {name: folder / general_result.FILE for name, folder in generals.items()}
    reads |= {"training": places.tuned, "filtered": places.filtered / "manifest.json"}
    return Stage(
        name="report",
        what="everything on one page",
        words=words,
        reads=reads,
        writes=places.report,
        done=places.report / "report.html",
    )


def suite_of(evaluate: Evaluate) -> Suite:
    """The suite's file. Raises `UserError`."""
    return load(evaluate.suite, [], Suite)


def task_files(suite: Suite) -> dict[str, Path]:
    """The files that a suite's tasks come from; for a pattern, the folder in which it is looked for."""
    found: dict[str, Path] = {}
    for column, given in suite.columns.items():
        for number, source in enumerate(given):
            if source.file is not None:
                before = source.file.partition("*")[0].partition("?")[0].partition("[")[0]
                place = Path(suite.data).expanduser() / (before if before == source.file else before.rpartition("/")[0])
                found[f"columns.{column}.{number}"] = place
    return found


def playing(settings: PipelineSettings, evaluate: Evaluate, places: Layout, who: Who, suite: Suite) -> Playing:
    """How `who` plays: greedy, and with the length of replies that the suite pins, whatever it acted with."""
    if who == "teacher":
        llm, actors, retries = settings.act.llm, settings.act.llm_actors, settings.act.retries
        greedy, allow = _greedy(llm, suite), evaluate.allow_unscored
        return Playing(llm=greedy, llm_actors=actors, retries=retries, budget=evaluate.budget, allow_unscored=allow)
    if evaluate.llm is None:  # the settings refuse it
        raise UserError("'evaluate.llm' is missing")
    llm = evaluate.llm.model_copy(update={"model": str(places.model(who))})
    return Playing(
        llm=_greedy(llm, suite),
        llm_actors=evaluate.llm_actors,
        retries=settings.act.retries,
        allow_unscored=evaluate.allow_unscored,
    )


def _greedy(llm: AnyLLMSettings, suite: Suite) -> AnyLLMSettings:
    if isinstance(llm, ReferenceSettings):
        return llm
    pinned = {} if suite.sampling_max_tokens is None else {"max_tokens": suite.sampling_max_tokens}
    sampling = llm.sampling.model_copy(update={"temperature": 0.0, **pinned})
    return llm.model_copy(update={"sampling": sampling})
