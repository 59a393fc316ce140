"""One row of a question file under its place, so that every complaint says where."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from environments.contract import UserError


class Row:
    """A JSON object and where it stands."""

    def __init__(self, place: str, values: Any) -> None:
        if not isinstance(values, dict):
            raise UserError(f"{place}: expected a JSON object, found {type(values).__name__}")
        self.place, self.values = place, values

    def get(self, name: str, kind: type, default: Any = None) -> Any:
        """Field `name`, of type `kind`; without a default it must be there. Raises `UserError`."""
        value = self.values.get(name)
        if value is None:
            if default is None:
                raise UserError(f"{self.place}: field '{name}' is missing; a question's row needs it")
            return default
        if not isinstance(value, kind):
            raise UserError(f"{self.place}: field '{name}' should be {kind.__name__}, found {type(value).__name__}")
        return value

    def rows(self, name: str) -> Iterator[Row]:
        """The objects in the list under `name`, none where it is missing."""
        for number, values in enumerate(self.get(name, list, [])):
            yield Row(f"{self.place}, field '{name}', item {number}", values)

    def texts(self, name: str) -> list[str]:
        """The texts in the list under `name`, none where it is missing."""
        values: list[str] = self.get(name, list, [])
        if not all(isinstance(value, str) for value in values):
            raise UserError(f"{self.place}: field '{name}' should be a list of texts")
        return values

    def wrong(self, name: str, said: str) -> UserError:
        """The complaint about a field's content."""
        return UserError(f"{self.place}: field '{name}': {said}")
