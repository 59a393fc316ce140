from tests.train.planned import TINY, by_rules, settings
from train.plan.storage import of_checkpoints


def test_a_checkpoint_holds_what_is_trained_and_two_moments_of_it() -> None:
    asked = settings()
    counted = by_rules(TINY, asked, [2])[2]
    found = of_checkpoints(asked, counted, cuda=True)
    assert found.checkpoint == 12 * counted.whole.trained
    assert found.copy == 12 * counted.local.trained
    assert found.disk == (asked.checkpoints.keep + 1) * found.checkpoint


def test_adapters_alone_are_written_and_eight_bit_moments_are_not_set_aside() -> None:
    adapters = settings(lora={"rank": 4})
    counted = by_rules(TINY, adapters, [1])[1]
    assert of_checkpoints(adapters, counted, cuda=True).checkpoint == 12 * counted.whole.trained
    eight_bits = settings(optimizer={"state_bits": 8})
    found = of_checkpoints(eight_bits, by_rules(TINY, eight_bits, [1])[1], cuda=True)
    assert found.copy == 0
    assert found.checkpoint < 7 * counted.whole.both
