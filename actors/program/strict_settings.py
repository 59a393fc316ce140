"""The base of settings that a user writes: a key that is not known is refused, and nothing changes once it is read."""

from pydantic import BaseModel, ConfigDict


class StrictSettings(BaseModel):
    """Infinite numbers are refused, which no record could hold; `model_…` is a name like any other.

    The text below a field is its help.
    """

    model_config = ConfigDict(
        use_attribute_docstrings=True, extra="forbid", frozen=True, allow_inf_nan=False, protected_namespaces=()
    )
