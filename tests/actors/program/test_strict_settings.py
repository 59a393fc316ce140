"""What every part of a config refuses."""

import math

import pytest
from pydantic import ValidationError

from actors.program.strict_settings import StrictSettings


class Speed(StrictSettings):
    model_per_s: float


@pytest.mark.parametrize("content", [{"model_per_s": 1.0, "modle": 2}, {"model_per_s": math.inf}, {}])
def test_an_unknown_key_a_number_without_end_and_a_gap_are_refused(content: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        Speed.model_validate(content)
