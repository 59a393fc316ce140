"""The range of a run's speed holds what others have published, and promises no more."""

import pytest

from train.model.devices import DEVICES
from train.model.shapes import config_of, shape_of
from train.plan import flops
from train.plan.speed import expected, of_offloading
from train.settings import Compute

LLAMA_2 = {"llama-2-7b": 6_738_415_616, "llama-2-13b": 13_015_864_320, "llama-2-70b": 68_976_648_192}


def tokens_per_s(name: str, length: int, share: float, device: str = "h100-80gb") -> float:
    """Of one worker at that share of its peak, in full sequences of one document, counted by full squares."""
    shape = shape_of(config_of(name))
    step = flops.exact(shape, length, length, flops.pairs_of(length), "square")
    return length * share * DEVICES[device].peak / step.total


@pytest.mark.parametrize(
    ("name", "device", "published"),
    [
        ("llama-2-7b", "h100-80gb", 9_600),
        ("llama-2-13b", "h100-80gb", 4_850),
        ("llama-2-70b", "h100-80gb", 890),
        ("llama-2-7b", "a100-80gb", 4_550),
        ("llama-2-13b", "a100-80gb", 2_150),
        ("llama-2-70b", "a100-80gb", 410),
    ],
)
def test_the_best_of_a_compiled_run_is_the_best_that_is_published(name: str, device: str, published: int) -> None:
    reached = expected(DEVICES[device], LLAMA_2[name], Compute(compile=True), bfloat16=True)
    assert tokens_per_s(name, 4096, reached.high, device) == pytest.approx(published, rel=0.06)


def test_what_is_not_compiled_and_recomputes_is_promised_less_than_any_published_run() -> None:
    compiled = expected(DEVICES["h100-80gb"], LLAMA_2["llama-2-70b"], Compute(compile=True), bfloat16=True)
    eager = expected(DEVICES["h100-80gb"], LLAMA_2["llama-2-70b"], Compute(checkpointing="every"), bfloat16=True)
    assert eager.low < eager.high < compiled.high
    assert tokens_per_s("llama-2-70b", 4096, eager.high) < 890
    assert eager.low == pytest.approx(compiled.low * 5_762 / 6_667 * 3 / 4)


def test_a_cpu_that_recomputes_is_promised_less() -> None:
    plain, again = (
        expected(DEVICES["cpu"], 10**8, Compute(checkpointing=which), bfloat16=False) for which in ("none", "every")
    )
    assert again.low == pytest.approx(plain.low * 3 / 4)
    assert again.high == plain.high


def test_torchtitans_runs_lie_in_the_range_of_their_size() -> None:
    for compiles, published in ((False, 0.33), (True, 0.38)):
        reached = expected(DEVICES["h100-80gb"], 8_030_261_248, Compute(compile=compiles), bfloat16=True)
        assert reached.low - 0.01 <= published <= reached.high


def test_between_published_sizes_the_share_falls_and_beyond_them_it_stays() -> None:
    sizes = [10**8, 7 * 10**9, 9 * 10**9, 13 * 10**9, 30 * 10**9, 70 * 10**9, 10**12]
    shares = [expected(DEVICES["h200"], size, Compute(compile=True), bfloat16=True).high for size in sizes]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] == shares[1] == 0.46
    assert shares[-2] == shares[-1] == 0.38


def test_a_device_without_a_published_run_says_so() -> None:
    assert expected(DEVICES["l4"], 10**9, Compute(), bfloat16=True).source.startswith("assumed")


def test_offloading_takes_time_with_every_micro_step_and_the_optimizer_once() -> None:
    one, two = (of_offloading(10**9, 0, 4, micro_steps=steps) for steps in (1, 2))
    assert two.most - one.most == pytest.approx(3 * 4e9 / 12e9)
    assert two.least == one.least > 0
    assert of_offloading(0, 10**9, 4, micro_steps=1).least == 0
