from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributed as dist
from torch.distributed._tools.fsdp2_mem_tracker import FSDPMemTracker
from torch.testing._internal.distributed.fake_pg import FakeStore

from actors.program.user_error import UserError
from tests.train.planned import TINY, settings
from tests.train.tiny_model import documents, pack, write_model
from train.model import activations, sharding
from train.model.model import build_on_meta
from train.model.model_support import check
from train.model.shapes import Config, config_of, shape_of
from train.plan.device_memory import host_memory
from train.plan.fit import refuse_if_too_big
from train.plan.memory import FRAMEWORK_CPU, compared, fits, predict
from train.settings import TrainSettings

CPU = torch.device("cpu")
GIB = 1 << 30


def model_of(config: Config, asked: TrainSettings) -> Any:
    from transformers import CONFIG_MAPPING

    built = CONFIG_MAPPING[config["model_type"]].from_dict(config)
    check(built, asked.batch.sequence_tokens)
    precision = sharding.precision(asked.compute, CPU)
    frozen: Any = {"lora": asked.lora, "freeze_embeddings": asked.freeze_embeddings}
    chunk = asked.compute.loss_chunk_tokens
    return build_on_meta(
        built, precision=precision, sequence_tokens=asked.batch.sequence_tokens, loss_chunk_tokens=chunk, **frozen
    )


def filled(model: Any) -> Any:
    model.to_empty(device="cpu")
    for tensor in (*model.parameters(), *model.buffers()):
        local = tensor.to_local() if hasattr(tensor, "to_local") else tensor
        local.data.normal_(std=0.02)
    return model.train()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("key_heads", [2, 8])
@pytest.mark.parametrize("segments", [1, 3])
def test_a_block_saves_what_the_formula_says_to_the_byte(dtype: torch.dtype, key_heads: int, segments: int) -> None:
    config, tokens = TINY | {"num_key_value_heads": key_heads}, 96
    model = filled(model_of(config, settings())).to(dtype)
    tensors = model.on_device(pack(documents([tokens // segments] * segments)), CPU)
    hidden = torch.rand(1, tokens, config["hidden_size"], dtype=dtype, requires_grad=True)
    rotary = model.causal_lm.base_model.rotary_emb(hidden, tensors.positions_1T)
    elsewhere = {tensor.untyped_storage().data_ptr() for tensor in (*model.parameters(), *rotary)}
    saved: dict[int, torch.UntypedStorage] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in elsewhere:
            saved[storage.data_ptr()] = storage
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        result = model.blocks[0](hidden, position_embeddings=rotary, layout=tensors.layout)
    assert result.requires_grad
    assert (
        sum(map(len, saved.values()))
        == tokens * activations.of_block(shape_of(config), dtype.itemsize, cuda=False).saved
    )


@pytest.fixture
def eight_ranks() -> Iterator[None]:
    dist.init_process_group("fake", rank=0, world_size=8, store=FakeStore())
    yield
    dist.destroy_process_group()


CASES = {
    "mixed": {"compute": {"precision": "mixed"}},
    "recomputed": {"compute": {"precision": "mixed", "checkpointing": "every"}},
    "every second recomputed": {"compute": {"precision": "float32", "checkpointing": "alternate"}},
    "short rows": {"compute": {"precision": "mixed"}, "batch": {"sequence_tokens": 16}},
    "lora": {"compute": {"precision": "mixed"}, "lora": {"rank": 4}},
    "frozen embeddings": {"compute": {"precision": "mixed"}, "vocab_size": 4096, "freeze_embeddings": True},
    "large vocabulary": {"compute": {"precision": "mixed", "checkpointing": "every"}, "vocab_size": 4096},
    "tied": {
        "compute": {"precision": "mixed", "checkpointing": "every"},
        "vocab_size": 4096,
        "tie_word_embeddings": True,
    },
}


@pytest.mark.usefixtures("eight_ranks")
@pytest.mark.parametrize("case", CASES)
def test_the_predicted_peak_is_the_one_that_torch_tracks_in_a_sharded_step(case: str) -> None:
    fields = dict(CASES[case])
    config = TINY | {key: fields.pop(key) for key in list(fields) if key in TINY}
    fields = {"batch": {"sequence_tokens": 192}, "packing": {"shared_prefixes": False}} | fields
    fields["compute"] = {**fields["compute"], "loss_chunk_tokens": 64}
    asked = settings(**fields)
    model = model_of(config, asked)
    sharding.apply(model, asked.compute, sharding.mesh(asked.compute, CPU, 8), CPU)
    filled(model)
    optimizer = torch.optim.AdamW(
        [parameter for parameter in model.parameters() if parameter.requires_grad], fused=True
    )
    row = model.on_device(
        pack([(ids, [True] * len(ids)) for ids, _ in documents([asked.batch.sequence_tokens // 2] * 2)]), CPU
    )
    tracker = FSDPMemTracker(model, optimizer)
    with tracker:
        for _ in range(2):
            model(row).total.backward()
            tracker.reset_mod_stats()
            optimizer.step()
    tracked = tracker.get_tracker_snapshot("peak")[CPU]["Total"]
    predicted = predict(asked, config, 8, cuda=False).total - FRAMEWORK_CPU
    assert 0.98 < predicted / tracked < 1.25


def test_llama_2_70b_takes_what_fsdp2_gives_a_rank() -> None:
    config = config_of("llama-2-70b")
    for world, gib in ((8, 128), (16, 64), (64, 16)):
        items = predict(settings(), config, world, cuda=True).items
        kept = items["parameters"] + items["gradients"] + items["optimizer moments"]
        assert kept / GIB == pytest.approx(gib, rel=0.005)


def test_what_saves_memory_saves_where_it_should() -> None:
    config = config_of("llama-2-7b")
    plain = predict(settings(), config, 8, cuda=True)
    eight_bits = predict(settings(optimizer={"state_bits": 8}), config, 8, cuda=True)
    assert eight_bits.items["optimizer moments"] / plain.items["optimizer moments"] == pytest.approx(0.25, rel=0.02)
    half = predict(settings(compute={"precision": "bfloat16"}), config, 8, cuda=True)
    assert all(half.items[name] == plain.items[name] // 2 for name in ("parameters", "gradients", "optimizer moments"))
    recomputed = predict(settings(compute={"checkpointing": "every"}), config, 8, cuda=True)
    assert recomputed.items["activations"] < plain.items["activations"] / 10
    adapters = predict(settings(lora={}), config, 8, cuda=True)
    assert adapters.items["optimizer moments"] < plain.items["optimizer moments"] / 100
    two_copies = predict(settings(compute={"hsdp_shards": 4}), config, 8, cuda=True)
    assert two_copies.items["parameters"] == pytest.approx(2 * plain.items["parameters"], rel=1e-4)


def test_offloading_moves_what_is_kept_to_the_host() -> None:
    config = config_of("llama-2-7b")
    plain, moved = (predict(settings(optimizer={"offload": on}), config, 8, cuda=True) for on in (False, True))
    assert not plain.host
    assert plain.total - moved.total == sum(moved.host.values()) > 12 * GIB


def test_shards_that_do_not_divide_the_world_are_refused() -> None:
    with pytest.raises(UserError, match=r"hsdp_shards is 3, which does not divide the 8 workers"):
        predict(settings(compute={"hsdp_shards": 3}), TINY, 8, cuda=True)


def test_a_run_that_is_too_big_for_this_machine_is_refused_in_one_line_with_a_way_out(tmp_path: Path) -> None:
    model = write_model(tmp_path / "model", max_position_embeddings=10**8)
    refuse_if_too_big(settings(model=str(model), compute={"device": "cpu"}), 1)
    huge = settings(
        model=str(model),
        compute={"device": "cpu"},
        batch={"sequence_tokens": 10**8},
        packing={"shared_prefixes": False},
    )
    with pytest.raises(
        UserError, match=r"a rank of 1 needs about .* GiB \(activations .*\), free for it are .* GiB: set compute"
    ) as refused:
        refuse_if_too_big(huge, 1)
    assert "\n" not in str(refused.value)


def test_predicted_and_measured_stand_in_one_line() -> None:
    prediction = predict(settings(), TINY, 1, cuda=False)
    line = compared(prediction, prediction.total // 2)
    assert "(+100 %)" in line
    assert "predicted" in line


def test_five_per_cent_of_a_device_are_not_counted_on() -> None:
    prediction = predict(settings(), TINY, 1, cuda=False)
    assert not fits(prediction, prediction.total)
    assert fits(prediction, int(prediction.total / 0.94))


def test_a_containers_limit_counts_before_the_machines_memory(tmp_path: Path) -> None:
    whole = host_memory(tmp_path)
    folder = tmp_path / "sys/fs/cgroup"
    folder.mkdir(parents=True)
    (folder / "memory.current").write_text("600\n")
    (folder / "memory.max").write_text("1000\n")
    assert host_memory(tmp_path) == 400 < whole
    (folder / "memory.max").write_text("max\n")
    assert host_memory(tmp_path) > 400
