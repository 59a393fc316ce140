"""What vLLM refuses, in one line."""

from actors.llms.vllm_start import refusal


def test_a_refusal_of_vllm_is_one_line() -> None:
    found = "User-specified max_model_len (9000) is greater than the derived max_model_len (8192)"
    said = refusal(ValueError(f"1 validation error for ModelConfig\n  Value error, {found}. More\n text"))
    assert said == f"{found}; lower max_model_len"
    assert "\n" not in refusal(ValueError("a\nb" * 500))
