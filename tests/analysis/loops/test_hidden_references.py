"""Variables that refer to others' memory though their declaration names no reference."""

from __future__ import annotations

import pytest
from pragmatist.analysis.analyze import analyze
from pragmatist.analysis.facts import LoopFacts

ARRAY = "std::vector<int>& v"
KNOWN = "struct R { int& r; int k; }; R made(std::vector<int>&); struct V { int r, k; };"
HOLDERS = [
    "auto [a, b] = std::pair<int&, int&>(v[0], v[1]);",
    "std::pair<int&, int> pair{v[0], 1}; auto [a, b] = pair;",
    "auto [a, b] = std::minmax(v[0], v[1]);",
    "auto [a, b] = std::tie(v[0], v[1]);",
    "auto [a, b] = made(v);",
    "auto [a, b] = unseen(v);",
    "auto pair = std::minmax(v[0], v[1]); auto& a = pair.first;",
    "auto a = std::ref(v[0]);",
    "decltype(auto) a = (v[0]);",
    "decltype(v[0]) a = v[0];",
]


def is_proved(loop: LoopFacts) -> bool:
    return not (loop.blocking or loop.unknowns or loop.assumptions)


def after(declaration: str) -> LoopFacts:
    text = f"{KNOWN} void f(int n, {ARRAY}) {{ {declaration} for (int i = 0; i < n; i++) v[i] = a; }}"
    (loop,) = analyze(text.encode(), "cpp").loops
    return loop


@pytest.mark.parametrize("declaration", HOLDERS)
def test_what_a_variable_may_refer_to_is_not_its_own(declaration: str):
    """The loop writes v[0] in its first iteration, and reads it through the variable in all."""
    loop = after(declaration)
    assert not is_proved(loop)


COPIES = [
    "int pair[2] = {1, 2}; auto [a, b] = pair;",
    "std::pair<int, int> pair{v[0], 1}; auto [a, b] = pair;",
    "V pair{v[0], 1}; auto [a, b] = pair;",
    "auto a = v[0];",
    "decltype(n) a = v[0];",
]


@pytest.mark.parametrize("declaration", COPIES)
def test_what_is_copied_is_the_variables_own(declaration: str):
    """Nothing that the loop writes is read."""
    loop = after(declaration)
    assert is_proved(loop)


def test_a_member_that_is_a_reference_is_guarded_by_its_address():
    """The member's name is a value, and no pointer."""
    loop = after("R one{v[0], 1}; auto& a = one.r;")
    assert [each.guard for each in loop.assumptions] == ["v.data() + n <= &one.r || &one.r + 1 <= v.data()"]


MANY = {
    "std::vector<std::vector<int>*>& v": "(*v[i])[0] = i;",
    "std::vector<int>** v": "(*v[i])[0] = i;",
    "Held* v": "(*v[i].p)[0] = i;",
    "std::vector<std::reference_wrapper<int>>& v": "v[i].get() = i;",
    "std::vector<std::pair<int&, int>>& v": "v[i].first = i;",
}


@pytest.mark.parametrize("parameter", MANY)
def test_what_pointers_in_an_array_lead_to_may_be_one(parameter: str):
    """Nothing says that no two of them lead to the same container or number."""
    held = "struct Held { std::vector<int>* p; };"
    text = f"{held} void f(int n, {parameter}) {{ for (int i = 0; i < n; i++) {MANY[parameter]} }}"
    (loop,) = analyze(text.encode(), "cpp").loops
    assert not is_proved(loop)


ROWS = {
    "v[i][0] = i;": True,
    "v[i].resize(3);": True,
    "v[0][i] = v[1][i + 1];": True,
    "v[i][0] = v[i + 1][0];": False,
    "(*v)[i] = v[0][i + 1];": False,
}


@pytest.mark.parametrize("body", ROWS)
def test_a_pointer_to_containers_is_no_container(body: str):
    """Its first subscript chooses the container."""
    text = f"void f(int n, std::vector<int>* v) {{ for (int i = 0; i < n; i++) {body} }}"
    (loop,) = analyze(text.encode(), "cpp").loops
    assert is_proved(loop) is ROWS[body]


SHIFTED = {
    "void f(int n, int** a) { for (int i = 0; i < n; i++) a[i][i] = 0; }": False,
    "void f(int n, int** a) { for (int i = 0; i < n; i++) a[0][i] = a[1][i]; }": False,
    "void f(int n, int* a) { int* p[2] = {a, a + 1}; for (int i = 0; i < n; i++) p[0][i] = p[1][i]; }": False,
    "void f(int n, int k, int** a) { for (int i = 0; i < n; i++) a[k][i] = 2 * a[k][i]; }": True,
    "void f(int n, std::vector<std::vector<int>>& a) { for (int i = 0; i < n; i++) a[0][i] = a[1][i]; }": True,
}


@pytest.mark.parametrize("text", SHIFTED)
def test_rows_behind_two_pointers_may_overlap_with_a_shift(text: str):
    """As those of a matrix whose rows are one array's, each an element further on."""
    (loop,) = analyze(text.encode(), "cpp").loops
    assert is_proved(loop) is SHIFTED[text]
