"""`Case`: one loop in a function, with all that is needed to analyse it and to run it.

What the analysis sees is `source`: prototypes, global variables and the function. What the called functions do
(`hidden`) and what the arguments are is known only to who runs it, as in a program of many files.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pragmatist.analysis.facts import Language

MOST_ITERATIONS = 24  # of the loop in question, in any run
ELEMENTS = 512  # of each array argument; no subscript reaches them
ROW = 64  # elements of a row of a two-dimensional argument


@dataclass(frozen=True)
class Parameter:
    """`content` says what an array argument holds, or what a number is: see `inputs.py`."""

    name: str
    type: str  # of an element: "double"
    content: str
    shape: str = "array"  # "number", "array", "rows" (of `ROW` elements), "pointers" (to rows)
    restrict: bool = False
    constant: bool = False

    def declared(self) -> str:
        const = "const " if self.constant else ""
        restrict = "restrict " if self.restrict else ""
        if self.shape == "number":
            return f"{self.type} {self.name}"
        if self.shape == "rows":
            return f"{const}{self.type} (*{restrict}{self.name})[{ROW}]"
        if self.shape == "pointers":
            return f"{self.type} **{restrict}{self.name}"
        return f"{const}{self.type} *{restrict}{self.name}"


@dataclass
class Case:
    number: int
    function: str
    language: Language = "c"
    families: list[str] = field(default_factory=list)
    parameters: list[Parameter] = field(default_factory=list)
    prototypes: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    shared: dict[str, str] = field(default_factory=dict)  # global variables in sight: name to declaration
    kept: dict[str, str] = field(default_factory=dict)  # and those of the hidden functions, with a long value each
    before: list[str] = field(default_factory=list)
    counter: str = "i"
    counter_type: str = "int"
    header: str = ""
    declared_outside: bool = False
    body: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    returns: tuple[str, str] | None = None

    @property
    def source(self) -> str:
        """What the analysis reads."""
        lines = [*self.prototypes, *self.shared.values()]
        lines.append(f"{self.head(self.function)} {{")
        lines += [f"    {line}" for line in self.declarations()]
        lines.append(f"    for ({self.header}) {{")
        lines += [f"        {line}" for line in self.body]
        lines.append("    }")
        lines += [f"    {line}" for line in self.results()]
        lines.append("}\n")
        text = "\n".join(lines)
        return text.replace("restrict ", "__restrict ") if self.language == "cpp" else text

    def head(self, name: str) -> str:
        result = self.returns[0] if self.returns is not None else "void"
        return f"{result} {name}({', '.join(parameter.declared() for parameter in self.parameters)})"

    def declarations(self) -> list[str]:
        return [*self.before, *([f"{self.counter_type} {self.counter};"] if self.declared_outside else [])]

    def results(self) -> list[str]:
        return [*self.after, *([f"return {self.returns[1]};"] if self.returns is not None else [])]

    def others(self) -> str:
        """The file that defines what the function calls."""
        return "\n".join([*(f"static long {name} = 1;" for name in self.kept), *self.hidden, ""])
