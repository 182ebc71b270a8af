"""Forms that keep what was typed and say what is wrong, at the field and in a summary that links to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(slots=True)
class Form:
    """What a person typed, and what is wrong with it by field; `""` as field is the form as a whole."""

    values: Mapping[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    def value(self, name: str, default: str = "") -> str:
        """Return what was typed, or the default where nothing was sent."""
        return self.values.get(name, default)

    def fail(self, name: str, text: str) -> None:
        """Note the first thing wrong with a field."""
        self.errors.setdefault(name, text)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.errors

    def required(self, name: str, text: str) -> str:
        """Return a field without surrounding blanks; an empty one fails with the text."""
        value = self.value(name).strip()
        if not value:
            self.fail(name, text)
        return value
