"""Declarations: types, storage, scopes."""

from __future__ import annotations

import pytest
from pragmatist.analysis.ir import tree
from pragmatist.analysis.lowering import lower


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("unsigned long long int a;", "unsigned long long"),
        ("short unsigned a;", "unsigned short"),
        ("const double a = 1;", "const double"),
        ("double const *const a;", "const double* const"),
        ("int *restrict a;", "int*restrict"),
        ("float * __restrict a;", "float*restrict"),
        ("int a[3][4];", "int[4][3]"),
        ("double (*a)[8];", "double[8]*"),
        ("double *a[8];", "double*[8]"),
        ("int (*a)(int, double);", "int()*"),
        ("int (*a[3])(void);", "int()*[3]"),
        ("size_t a; ", "size_t"),
        ("uint8_t *a;", "uint8_t*"),
        ("FILE *a;", "struct FILE*"),
        ("struct S a;", "struct S"),
        ("union U { int i; float f; } a;", "union U"),
        ("enum E { X } a;", "enum E"),
        ("somewhere_t a;", "?somewhere_t"),
        ("typedef double real; typedef real vec[3]; vec *a;", "double[3]*"),
        ("typedef struct { int x; } P, *Q; Q a;", "struct P*"),
        ("double _Complex a;", "double _Complex"),
        ("_Atomic int a;", "atomic int"),
        ("_Atomic(long) a;", "atomic long"),
        ("volatile int a;", "volatile int"),
        ("double a[8] __attribute__((aligned(64)));", "double[8]"),
        ("typedef double v4 __attribute__((vector_size(32))); v4 a;", "?v4"),
        ("typedef struct node { struct node *next; } node; node a;", "struct node"),
        ("#define DATA_TYPE double\nDATA_TYPE a[2];", "double[2]"),
        ("#define REAL DATA_TYPE\n#define DATA_TYPE float\nREAL *a;", "float*"),
    ],
)
def test_types_of_declarators(types, source: str, expected: str) -> None:
    """Every form of C declarator is read from the inside out."""
    assert types(source)["a"] == expected


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        ("double a[]", "double*"),
        ("double a[n][m]", "double[m]*"),
        ("double a[restrict n]", "double*restrict"),
        ("double (*a)[m]", "double[m]*"),
        ("int a(int)", "int()*"),
        ("double a[static 4]", "double*"),
    ],
)
def test_parameters_decay(show, parameter: str, expected: str) -> None:
    """Array and function parameters are pointers; inner dimensions stay, and name the other parameters."""
    assert show(f"void f(int n, int m, {parameter});") == f"void f(int n, int m, {expected} a)"


def test_records_and_enumerations(types) -> None:
    """Fields, bit-fields, nested records and enumeration constants."""
    unit = lower(
        b"struct S { int a : 3; float m[2]; struct { int u; }; struct T *next; } s; enum { A, B = 5, C = B * 2, D };"
        b"int x[D];",
        "c",
    )
    assert {name: field.type.kind for name, field in unit.records["S"].fields.items()} == {
        "a": "int", "m": "array", "u": "int", "next": "pointer",
    }  # fmt: skip
    extent = unit.globals[1].type.extent
    assert isinstance(extent, tree.Const)
    assert (extent.text, extent.value) == ("D", 11)


def test_tags_of_c_have_one_scope() -> None:
    """A struct that is only named inside another is the one of the file."""
    unit = lower(b"struct node { struct node *next; struct leaf *leaf; };", "c")
    inner = {name: field.type.inner for name, field in unit.records["node"].fields.items()}
    assert {name: type_.name for name, type_ in inner.items() if type_} == {"next": "node", "leaf": "leaf"}


def test_a_nameless_union_shares_bytes() -> None:
    """A struct with a nameless union in it does not claim to be understood."""
    unit = lower(b"struct S { union { int i; float f; }; }; struct R { int i; };", "c")
    assert (unit.records["S"].complete, unit.records["R"].complete) == (False, True)


def test_storage_and_depth() -> None:
    """Each symbol says where it lives and how deep its block is nested."""
    unit = lower(
        b"int g; static int s; extern int e;\n"
        b"int f(int p) { int l; static int k; { int inner; } for (int i = 0; i < u; i++) g = i; return l; }",
        "c",
    )
    function = unit.functions[0]
    assert {symbol.name: symbol.storage for symbol in unit.globals} == {"g": "global", "s": "static", "e": "extern"}
    assert [(symbol.name, symbol.storage, symbol.depth) for symbol in function.locals] == [
        ("l", "local", 1), ("k", "static-local", 1), ("inner", "local", 2), ("i", "local", 2),
    ]  # fmt: skip
    assert [(symbol.name, symbol.storage, symbol.depth) for symbol in function.parameters] == [("p", "parameter", 0)]


def _names(unit: tree.Unit, name: str) -> list[tree.Symbol]:
    """The symbols that the uses of `name` in all bodies refer to, in order of place."""
    found: list[tree.Name] = []
    pending: list[object] = [function.body for function in unit.functions]
    while pending:
        node = pending.pop()
        if isinstance(node, tree.Name) and node.symbol.name == name:
            found.append(node)
        if isinstance(node, tuple):
            pending += node
        elif isinstance(node, tree.Expr | tree.Stmt) and not isinstance(node, tree.Name):
            pending += [getattr(node, field) for field in node.__struct_fields__]
    return [use.symbol for use in sorted(found, key=lambda use: use.start)]


def test_scopes_shadow() -> None:
    """An inner declaration hides the outer one until its block ends."""
    unit = lower(b"int x; void f() { x; { int x; x; } for (int x = 0;;) x; x; } void g(int x) { x; }", "c")
    first, inner, loop, last, parameter = _names(unit, "x")
    assert first is last is unit.globals[0]
    assert len({id(symbol) for symbol in (first, inner, loop, parameter)}) == 4


def test_undeclared_names_are_one_symbol() -> None:
    """A name that nothing declares is the same unknown symbol everywhere in the file."""
    unit = lower(b"void f() { y = 1; } void g() { y = 2; }", "c")
    first, second = _names(unit, "y")
    assert first is second
    assert first.storage == "unknown"


def test_redeclarations_are_one_variable() -> None:
    """`extern int a[]; int a[10];` is one array of ten."""
    unit = lower(b"extern int a[]; int a[10]; int f() { return a[0]; }", "c")
    (symbol,) = unit.globals
    assert symbol.storage == "global"
    assert isinstance(symbol.type.extent, tree.Const)


@pytest.mark.parametrize(
    ("statement", "taken"),
    [
        ("p = &x;", True),
        ("p = &s.m;", True),
        ("scanf(fmt, &x);", True),
        ("p = a;", False),
        ("p = &a[1];", False),
        ("x = 1;", False),
    ],
)
def test_address_taken(statement: str, taken: bool) -> None:
    """An address is taken by &, not by an array's decay."""
    unit = lower(f"struct S {{ int m; }}; int x, a[3]; struct S s; void f() {{ {statement} }}".encode(), "c")
    assert any(symbol.address_taken for symbol in unit.globals) == taken


def test_functions_say_what_they_are() -> None:
    """Linkage, attributes, variadic parameters, gotos, and which function is main."""
    unit = lower(
        b"static int a(void) __attribute__((pure)); __attribute__((noreturn)) void b(const char *f, ...);"
        b"int c(int n) { if (n) goto out; out: return n; } int main(int argc, char **argv) { return 0; }",
        "c",
    )
    a, b, c, main = unit.functions
    assert (a.is_static, a.attributes, a.parameters, a.body) == (True, ("pure",), (), None)
    assert (b.is_variadic, b.attributes) == (True, ("noreturn",))
    assert (c.has_goto, main.has_goto) == (True, False)
    assert unit.has_main


def test_old_style_definition(show) -> None:
    """Parameters declared between the head and the body have their declared types."""
    assert show("int f(a, b) int a; double *b; { return a; }") == "int f(int a, double* b) {(return a)}"


def test_initialisers_stay_with_their_symbols() -> None:
    """Constants can be propagated: a symbol knows its initialiser; two different ones are none."""
    unit = lower(b"const int n = 4;\nvoid f() {\n#ifdef X\nint k = 1;\n#else\nint k = 2;\n#endif\nk; }", "c")
    assert isinstance(unit.globals[0].initializer, tree.Const)
    (symbol,) = set(_names(unit, "k"))
    assert symbol.initializer is None
