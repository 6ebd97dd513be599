"""From the text of a file to the intermediate representation: preprocessing, parsing, lowering."""

from .unit import language_of, lower

__all__ = ["language_of", "lower"]
