"""What only C++ has."""

from __future__ import annotations

import pytest
from pragmatist.analysis.ir import tree
from pragmatist.analysis.lowering import language_of, lower


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("v[i] = w.at(j);", "(= ([] v i) ((. w at):at() j))"),
        ("this->x = p->f(1);", "(= (-> this x) ((-> p f):f() 1))"),
        ("x = std::max(a, ns::f<int>(b));", "(= x (std::max() a (ns::f() b)))"),
        ("x = static_cast<double>(n) + int(y) + (long)z;", "(= x (+ (+ (cast double n) (cast int y)) (cast long z)))"),
        ("p = new double[n]; delete[] p; q = new T(1, 2);", "(= p (new double [n])) (delete p) (= q (new ?T 1 2))"),
        ("for (auto &x : v) x = 0;", "(for-each (auto& x) v (= x 0))"),
        ("std::vector<int> v; for (auto x : v) y = x;",
         "(decl struct std::vector<int> v) (for-each (int x) v (= y x))"),
        ("for (const auto &[k, w] : m) y = w;", "(for-each (const auto& k const auto& w) m (= y w))"),
        ("if (int z = f(); z > 0) x = z;", "(if (decl int z (f())) (> z 0) (= x z))"),
        ("if (auto *p = g()) x = *p;", "(if (decl auto* p (g())) p (= x (* p)))"),
        ("while (int c = next()) x += c;", "{(decl int c) (while (= c (next())) (+= x c))}"),
        ("if constexpr (sizeof(int) == 4) x = 1;", "(if (== (sizeof 4) 4) (= x 1))"),
        ("try { f(); } catch (const E &e) { throw; } catch (...) { x = 1; }",
         "(try {(f())} {(throw -)} {(= x 1)})"),
        ('throw std::runtime_error("x");', '(throw (std::runtime_error() "x"))'),
        ("auto f = [=, &b](int k) { return a + k; }; f(2);",
         "(decl auto f (lambda [=,&b] (k) {(return (+ a k))})) (f() 2)"),
        ("std::sort(v.begin(), v.end(), [](int a, int b) { return a < b; });",
         "(std::sort() ((. v begin):begin()) ((. v end):end()) (lambda [] (a b) {(return (< a b))}))"),
        ("A(i, j) = 0; A(i, j) += 2;", "(= (A() i j) 0) (+= (A() i j) 2)"),
        ("if (a and not b or c) ;", "(if (|| (&& a (! b)) c) {})"),
        ("T<int>::s = N::M::c;", "(= T::s N::M::c)"),
        ("::f(1); g<3>(x);", "(f() 1) (g() x)"),
        ("x = Point{1, 2}.y;", "(= x (. (cast ?Point {1 2}) y))"),
        ("return {1, 2};", "(return {1 2})"),
        ("[[maybe_unused]] int q = 1; [[likely]] x = q;", "(decl int q 1) (= x q)"),
        ('s = R"(a "b"\n c)"; t = "x"s;', '(= s R"(a "b"  c)") (= t "x"s)'),
        ("using R = double; R y = nullptr;", "(decl double y nullptr)"),
    ],
)  # fmt: skip
def test_cpp_bodies(body, source: str, expected: str) -> None:
    """Statements and expressions of C++ keep their structure."""
    assert body(source, "cpp") == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("std::vector<double> v(n);", "(decl struct std::vector<double> v (n))"),
        ("std::vector<double> v(n, 0.0), w{1, 2};",
         "(decl struct std::vector<double> v (n 0.0)) (decl struct std::vector<double> w (1 2))"),
        ("std::vector<int> v(w.begin(), w.end());",
         "(decl struct std::vector<int> v (((. w begin):begin()) ((. w end):end())))"),
        ("T t(n);", "(decl ?T t (n))"),
        ("T t(n * 2, f(n));", "(decl ?T t ((* n 2) (f() n)))"),
        ("int k(3); double d{2.5};", "(decl int k 3) (decl double d 2.5)"),
        ("std::string s = \"a\"; std::array<int, 4> a = {1};",
         "(decl struct std::string s \"a\") (decl struct std::array<int, 4> a {1})"),
        ("auto p = std::make_unique<double[]>(n);", "(decl struct std::unique_ptr<double[]> p (std::make_unique() n))"),
        ("auto p = new int[n]; auto k = 1u; auto d = n * 1.5;",
         "(decl int* p (new int [n])) (decl unsigned int k 1u) (decl double d (* n 1.5))"),
        ("std::vector<float> v; auto &x = v[0]; const auto y = v[1]; auto m = v.size();",
         "(decl struct std::vector<float> v) (decl float& x ([] v 0)) (decl const float y ([] v 1)) "
         "(decl size_t m ((. v size):size()))"),
        ("auto v = std::vector<int>(n);", "(decl struct std::vector<int> v (std::vector() n))"),
        ("double b[3]; double (&a)[3] = b; a[0] = 1;",
         "(decl double[3] b) (decl double[3]& a b) (= ([] a 0) 1)"),
        ("int k{}; ", "(decl int k 0)"),
        ("auto [a, b] = f();", "(decl auto& a (opaque '[a, b] = f()' (f()))) (decl auto& b (opaque '[a, b] = f()'))"),
    ],
)  # fmt: skip
def test_cpp_declarations(show, source: str, expected: str) -> None:
    """A declaration with values in parentheses is a variable; `auto` is deduced where that is plain."""
    assert show("void g(int n) {" + source + "}", "cpp") == "void g(int n) {" + expected + "}"


def test_functions_declared_inside_functions(show) -> None:
    """What takes only types is a function."""
    assert show("void g() { int f(int); int h(); x = f(1); }", "cpp").splitlines() == [
        "void g() {(= x (f() 1))}", "int f(int)", "int h()",
    ]  # fmt: skip


def test_classes(show) -> None:
    """Names inside methods mean members, wherever the method is defined; constructors assign their members."""
    source = """
struct Grid : Base {
  int n; double *data;
  static int count;
  Grid(int k) : n(k), data(new double[k]) { count++; }
  double &at(int i) const { return data[i]; }
  void step(int n);
};
void Grid::step(int n) { data[n] = this->n; other(at(0)); }
"""
    assert show(source, "cpp").splitlines() == [
        "? Grid::Grid(int k) {(= (-> this n) k) (= (-> this data) (new double [k])) {(_++ Grid::count)}}",
        "double& Grid::at(int i) {(return ([] (-> this data) i))}",
        "void Grid::step(int n)",
        "void Grid::step(int n) {(= ([] (-> this data) n) (-> this n)) (other() ((-> this at):at() 0))}",
    ]
    unit = lower(source.encode(), "cpp")
    step = unit.functions[-1]
    assert step.record == "Grid"
    assert step.this is not None
    assert step.this.type.inner is not None
    assert step.this.type.inner.name == "Grid"
    record = unit.records["Grid"]
    assert (list(record.fields), record.bases, record.complete) == (["n", "data"], ("Base",), False)


def test_inherited_members(show) -> None:
    """Members of a base that the file defines are members."""
    source = "struct A { int x; }; struct B : public A { int y; int f() { return x + y; } };"
    assert show(source, "cpp") == "int B::f() {(return (+ (-> this x) (-> this y)))}"
    assert lower(source.encode(), "cpp").records["B"].complete


def test_members_of_incomplete_bases(show) -> None:
    """What a base declares are members also where the base itself has bases out of sight."""
    source = "struct A : Elsewhere { int x; }; struct B : A { int f() { return x; } };"
    assert show(source, "cpp") == "int B::f() {(return (-> this x))}"
    assert not lower(source.encode(), "cpp").records["B"].complete


def test_static_members(show) -> None:
    """Without an object, a static method and its siblings are named by their class."""
    source = "struct S { static int f(int); static int g() { return f(1); } }; int h() { return S::f(2); }"
    assert show(source, "cpp").splitlines() == [
        "int S::f(int)", "int S::g() {(return (S::f() 1))}", "int h() {(return (S::f() 2))}",
    ]  # fmt: skip


def test_namespaces(show) -> None:
    """Names are qualified by their namespaces and found from inside, outside and through using."""
    source = """
namespace a { namespace b { int x; int f() { return x; } } int g() { return b::f() + b::x; } }
namespace a::b { int h() { return f(); } }
int i() { return a::b::f(); }
using namespace a::b;
int j() { return f() + x; }
namespace { int hidden() { return 0; } }
"""
    assert show(source, "cpp").splitlines() == [
        "int a::b::f() {(return a::b::x)}",
        "int a::g() {(return (+ (a::b::f()) a::b::x))}",
        "int a::b::h() {(return (a::b::f()))}",
        "int i() {(return (a::b::f()))}",
        "int j() {(return (+ (a::b::f()) a::b::x))}",
        "int hidden() {(return 0)}",
    ]
    assert lower(source.encode(), "cpp").functions[-1].is_static


def test_templates(show) -> None:
    """Template parameters are unknown types and constants; the functions are there like others."""
    source = """
template <typename T, int N> struct V { T d[N]; T &operator[](int i) { return d[i]; } };
template <class T> T sum(const std::vector<T> &v) { T s = 0; for (auto &x : v) s += x; return s; }
template <> int sum<int>(const std::vector<int> &v) { return 0; }
"""
    assert show(source, "cpp").splitlines() == [
        "?T& V::operator[](int i) {(return ([] (-> this d) i))}",
        "?T sum(const struct std::vector<?T>& v) {(decl ?T s 0) (for-each (auto& x) v (+= s x)) (return s)}",
        "int sum(const struct std::vector<int>& v) {(return 0)}",
    ]


def test_using_std(show) -> None:
    """`using namespace std` gives well-known names their qualification."""
    source = "using namespace std; void f(vector<int> &v, string s) { x = max(v[0], 1); sort(v.begin()); mine(s); }"
    assert show(source, "cpp") == (
        "void f(struct std::vector<int>& v, struct std::string s) "
        "{(= x (max:std::max() ([] v 0) 1)) (sort:std::sort() ((. v begin):begin())) (mine() s)}"
    )


def test_operators_and_calls_of_objects(show) -> None:
    """Overloaded operators are functions; a call of an object calls its name."""
    source = """
bool operator<(const P &a, const P &b) { return a.x < b.x; }
struct F { void operator()(int i) const { (*this)(i); } };
auto tr(int x) -> double { return x; }
extern "C" int c_function(double);
"""
    assert show(source, "cpp").splitlines() == [
        "bool operator<(const ?P& a, const ?P& b) {(return (< (. a x) (. b x)))}",
        "void F::operator()(int i) {((* this):() i)}",
        "double tr(int x) {(return x)}",
        "int c_function(double)",
    ]


@pytest.mark.parametrize(
    ("use", "taken"),
    [
        ("int &r = x;", True),
        ("auto f = [&] { x = 1; };", True),
        ("auto f = [&x] { x = 1; };", True),
        ("auto f = [=] { y = x; };", False),
        ("for (auto &r : x) r = 1;", True),
        ("for (auto r : x) y = r;", False),
        ("int z = x;", False),
    ],
)
def test_references_take_addresses(use: str, taken: bool) -> None:
    """Binding a reference or capturing by reference takes the variable's address."""
    unit = lower(f"void f() {{ int x[3], y; {use} }}".encode(), "cpp")
    assert next(symbol for symbol in unit.functions[0].locals if symbol.name == "x").address_taken == taken


def test_lambdas_have_their_own_locals() -> None:
    """A lambda's locals are its own; what it captures is listed."""
    unit = lower(b"void f() { int a, b; auto g = [a, &b](int p) { int q = a; return q + b + p; }; }", "cpp")
    (function,) = unit.functions
    assert [symbol.name for symbol in function.locals] == ["a", "b", "g"]
    assert function.body is not None
    declaration = function.body.items[-1]
    assert isinstance(declaration, tree.Decl)
    found = declaration.initializer
    assert isinstance(found, tree.Lambda)
    assert (found.by_copy, found.by_reference) == (("a",), ("b",))
    assert [symbol.name for symbol in found.function.locals] == ["q"]
    assert [symbol.name for symbol in found.function.parameters] == ["p"]


@pytest.mark.parametrize(
    ("path", "text", "language"),
    [
        ("a.c", "int x;", "c"),
        ("a.cpp", "int x;", "cpp"),
        ("a.cc", "", "cpp"),
        ("a.hpp", "", "cpp"),
        ("a.C", "", "cpp"),
        ("a.h", "int f(int);", "c"),
        ("a.h", "// class std::x\nint f(int);", "c"),
        ("a.h", 'const char *s = "std::x";', "c"),
        ("a.h", "class A { };", "cpp"),
        ("a.h", "namespace n { int x; }", "cpp"),
        ("a.h", "template <class T> T f(T x);", "cpp"),
        ("a.h", "inline int f(std::vector<int> &v);", "cpp"),
        ("a.h", "int f(int &x);", "cpp"),
        ("a.h", "struct class_of { int class_id; };", "c"),
    ],
)
def test_language_of(path: str, text: str, language: str) -> None:
    """A header is C++ when its text says so outside comments and strings."""
    assert language_of(path, text.encode()) == language


@pytest.mark.parametrize(
    ("made", "expected"),
    [("new double*[n]", "double*"), ("new double **\n[n]", "double**"), ("new double[n]", "double")],
)
def test_arrays_of_pointers_are_made(show, made: str, expected: str) -> None:
    """The grammar knows no stars after `new`; nothing else of the function is lost for it."""
    shown = show(f"void g(int n) {{ auto a = {made}; f(a); }}", "cpp")
    assert shown == f"void g(int n) {{(decl {expected}* a (new {expected} [n])) (f() a)}}"
