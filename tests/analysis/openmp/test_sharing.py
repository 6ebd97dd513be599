"""Data-sharing attributes as OpenMP 5.2 §5.1 determines them."""

from __future__ import annotations

import pytest
from pragmatist.analysis.ir.tree import Function, Name, Omp, Stmt, Symbol
from pragmatist.analysis.ir.walk import children, descendants
from pragmatist.analysis.lowering import lower
from pragmatist.analysis.openmp.sharing import instance, sharing


def _constructs_around(function: Function, name: str) -> tuple[Symbol, list[Omp]]:
    """The variable last named `name` in the function, and the constructs around that mention."""
    found: list[tuple[Symbol, list[Omp]]] = []

    def visit(node, around: list[Omp]) -> None:
        if isinstance(node, Name) and node.symbol.name == name:
            found.append((node.symbol, around))
        inner = [*around, node] if isinstance(node, Omp) else around
        for child in children(node):
            visit(child, inner)

    assert function.body is not None
    visit(function.body, [])
    return found[-1]


def attributes(code: str, name: str, language: str = "c") -> list[str]:
    """The attribute of a variable in each construct around its last mention, outermost first."""
    unit = lower(code.encode(), language)  # type: ignore[arg-type]
    function = [function for function in unit.functions if function.body is not None][-1]
    symbol, around = _constructs_around(function, name)
    return [attribute.kind for attribute in sharing(symbol, around)]


def in_function(body: str, before: str = "") -> str:
    return f"{before}\nint g; static int s; void f(int p, int *q) {{ int x, v[9]; const int c = 1;\n{body}\n}}"


@pytest.mark.parametrize(
    ("pragma", "name", "expected"),
    [
        ("parallel", "x", "shared"),
        ("parallel", "g", "shared"),
        ("parallel", "p", "shared"),
        ("parallel", "c", "shared"),
        ("parallel private(x)", "x", "private"),
        ("parallel firstprivate(v)", "v", "firstprivate"),
        ("parallel reduction(+: v[0:4])", "v", "reduction"),
        ("parallel default(none) shared(x)", "x", "shared"),
        ("parallel default(firstprivate)", "x", "firstprivate"),
        ("parallel default(private)", "x", "private"),
        ("parallel default(firstprivate)", "g", "shared"),
        ("task", "x", "firstprivate"),
        ("task", "g", "shared"),
        ("task shared(x)", "x", "shared"),
        ("task default(shared)", "x", "shared"),
        ("target", "x", "firstprivate"),
        ("target", "q", "firstprivate"),
        ("target", "v", "mapped"),
        ("target map(tofrom: x)", "x", "mapped"),
        ("target defaultmap(tofrom: scalar)", "x", "mapped"),
        ("target defaultmap(tofrom)", "x", "mapped"),
        ("target is_device_ptr(q)", "q", "firstprivate"),
        ("target teams", "x", "shared"),
        ("target parallel map(tofrom: x) reduction(+: x)", "x", "reduction"),
        ("single private(x)", "x", "private"),
        ("critical", "g", "shared"),
    ],
)  # fmt: skip
def test_one_construct(pragma: str, name: str, expected: str) -> None:
    """Explicit clauses come before what a construct implies."""
    code = in_function(f"#pragma omp {pragma}\n{{ {name}; }}")
    assert [expected] == attributes(code, name)


@pytest.mark.parametrize(
    ("pragma", "expected"),
    [
        ("parallel for", "private"),
        ("simd", "linear"),
        ("parallel for simd", "linear"),
        ("taskloop", "private"),
        ("loop bind(parallel)", "lastprivate"),
        ("target teams distribute parallel for", "private"),
        ("parallel for lastprivate(i)", "lastprivate"),
    ],
)
def test_iteration_variable(pragma: str, expected: str) -> None:
    """The variable of an associated loop has its own attribute, declared outside though it is."""
    assert [expected] == attributes(
        f"void f(void) {{ int i;\n#pragma omp {pragma}\nfor (i = 0; i < 9; i++) {{ i; }} }}", "i"
    )


def test_iteration_variables_of_a_nest() -> None:
    """`collapse(2)` takes the inner loop's variable too; without it that is as shared as any other."""
    nest = (
        "void f(void) {{ int i, j;\n#pragma omp parallel for {}\nfor (i = 0; i < 9; i++) for (j = 0; j < 9; j++) j; }}"
    )
    assert attributes(nest.format("collapse(2)"), "j") == ["private"]
    assert attributes(nest.format(""), "j") == ["shared"]


def test_nested_constructs() -> None:
    """Worksharing inherits; a task captures what any construct around it made private, and shares the rest."""
    code = in_function(
        "#pragma omp parallel private(x)\n#pragma omp for\nfor (int i = 0; i < 9; i++) {\n#pragma omp task\n{ NAME; } }"
    )
    assert attributes(code.replace("NAME", "x"), "x") == ["private", "private", "firstprivate"]
    assert attributes(code.replace("NAME", "g"), "g") == ["shared", "shared", "shared"]
    assert attributes(code.replace("NAME", "p"), "p") == ["shared", "shared", "shared"]


def test_variables_of_the_region() -> None:
    """Variables declared in a region are its threads' own, unless they are static."""
    code = "void f(void) {{\n#pragma omp parallel\n{{ {} y = 0;\n#pragma omp for\nfor (int i = 0; i < 9; i++) y; }} }}"
    assert attributes(code.format("int"), "y") == ["local", "local"]
    assert attributes(code.format("static int"), "y") == ["shared", "shared"]


def test_threadprivate() -> None:
    """Threadprivate variables stay so whatever is around them."""
    code = in_function("#pragma omp parallel\n#pragma omp task\n{ t; }", "int t;\n#pragma omp threadprivate(t)")
    assert attributes(code, "t") == ["threadprivate", "threadprivate"]


def test_orphaned_task_captures_references() -> None:
    """A parameter passed by reference is firstprivate in a function's own task."""
    assert attributes("void f(int &r) {\n#pragma omp task\n{ r; } }", "r", "cpp") == ["firstprivate"]


def test_instance_of_storage() -> None:
    """The construct that made the storage is the innermost one that copies; -1 where none does."""
    code = in_function(
        "#pragma omp parallel private(x)\n#pragma omp for\n"
        "for (int i = 0; i < 9; i++) {\n#pragma omp task shared(x)\n{ x; g; } }"
    )
    unit = lower(code.encode(), "c")
    function = next(function for function in unit.functions if function.body is not None)
    assert [instance(*_constructs_around(function, name)) for name in ("x", "g")] == [0, -1]


def test_every_construct_has_an_attribute() -> None:
    """Any nest of constructs, even one that no compiler takes, gives each variable one attribute in each."""
    words = (
        "parallel",
        "for",
        "target",
        "task",
        "simd",
        "teams",
        "sections",
        "atomic",
        "critical",
        "taskloop",
        "scope",
    )
    for outer in words:
        for inner in words:
            code = in_function(
                f"#pragma omp {outer}\nfor (int i = 0; i < 9; i++) {{\n#pragma omp {inner}\n{{ x = i; }} }}"
            )
            body: Stmt | None = lower(code.encode(), "c").functions[-1].body
            assert body is not None
            if sum(isinstance(node, Omp) for node in descendants(body)) == 2:
                assert len(attributes(code, "x")) == 2
