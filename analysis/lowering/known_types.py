"""Types that need no declaration in the file: built-in ones and those of the standard headers (LP64)."""

from __future__ import annotations

from ..ir.types import Type

_SIGNED = {"char": 1, "short": 2, "int": 4, "long": 8, "long long": 8, "__int128": 16}
_WORDS = frozenset(["signed", "unsigned", "short", "long", "int", "char", "float", "double", "__int128"])


def _integer(name: str, size: int, unsigned: bool = False) -> Type:
    return Type("int", name, size=size, unsigned=unsigned)


_SIMPLE: dict[str, Type] = {
    "void": Type("void", "void"),
    "bool": Type("bool", "bool", size=1, unsigned=True),
    "_Bool": Type("bool", "bool", size=1, unsigned=True),
    "float": Type("float", "float", size=4),
    "double": Type("float", "double", size=8),
    "long double": Type("float", "long double", size=16),
    "_Float16": Type("float", "_Float16", size=2),
    "__fp16": Type("float", "__fp16", size=2),
    "__float128": Type("float", "__float128", size=16),
    "wchar_t": _integer("wchar_t", 4),
    "char8_t": _integer("char8_t", 1, True),
    "char16_t": _integer("char16_t", 2, True),
    "char32_t": _integer("char32_t", 4, True),
    "_cfloat": Type("complex", "float _Complex", size=8),
    "_cdouble": Type("complex", "double _Complex", size=16),
    "_cldouble": Type("complex", "long double _Complex", size=32),
    "auto": Type("auto", "auto"),
    "__auto_type": Type("auto", "auto"),
}


def builtin(words: list[str]) -> Type | None:
    """The type that the words of a declaration name ("unsigned", "long", "long", "int"), in any order."""
    if len(words) == 1 and words[0] in _SIMPLE:
        return _SIMPLE[words[0]]
    if not words or not all(word in _WORDS for word in words):
        return None
    counts = {word: words.count(word) for word in words}
    if "double" in counts:
        return _SIMPLE["long double" if "long" in counts else "double"]
    if "float" in counts:
        return _SIMPLE["float"]
    unsigned = "unsigned" in counts
    if "char" in counts:
        name = "unsigned char" if unsigned else "signed char" if "signed" in counts else "char"
        return _integer(name, 1, unsigned)
    base = "__int128" if "__int128" in counts else "int"
    if "short" in counts:
        base = "short"
    elif counts.get("long", 0) >= 2:
        base = "long long"
    elif "long" in counts:
        base = "long"
    return _integer(f"unsigned {base}" if unsigned else base, _SIGNED[base], unsigned)


_SIMPLE |= {word: found for word in _WORDS if (found := builtin([word])) is not None}  # most types are one word


def _headers() -> dict[str, Type]:
    known: dict[str, Type] = {}
    for bits in (8, 16, 32, 64):
        for prefix in ("", "_least", "_fast"):
            size = 8 if prefix == "_fast" and bits > 8 else bits // 8
            for sign, unsigned in (("int", False), ("uint", True)):
                name = f"{sign}{prefix}{bits}_t"
                known[name] = _integer(name, size, unsigned)
    signed = {"ptrdiff_t": 8, "ssize_t": 8, "intptr_t": 8, "intmax_t": 8, "off_t": 8, "time_t": 8, "clock_t": 8,
              "pid_t": 4, "streamsize": 8, "wint_t": 4, "suseconds_t": 8, "off64_t": 8}  # fmt: skip
    unsigned = {"size_t": 8, "uintptr_t": 8, "uintmax_t": 8, "uint": 4, "ulong": 8, "ushort": 2, "u_int": 4,
                "u_char": 1, "uid_t": 4, "gid_t": 4, "mode_t": 4}  # fmt: skip
    known |= {name: _integer(name, size) for name, size in signed.items()}
    known |= {name: _integer(name, size, True) for name, size in unsigned.items()}
    known["max_align_t"] = Type("record", "max_align_t")
    known["nullptr_t"] = Type("pointer", "nullptr_t", Type("void", "void"), size=8)
    records = ["FILE", "div_t", "ldiv_t", "fpos_t", "jmp_buf", "sigjmp_buf", "va_list", "omp_lock_t",
               "omp_nest_lock_t", "pthread_t", "pthread_mutex_t", "pthread_attr_t", "pthread_cond_t",
               "pthread_barrier_t", "mbstate_t"]  # fmt: skip
    known |= {name: Type("record", name) for name in records}
    known |= {"float_t": _SIMPLE["float"], "double_t": _SIMPLE["double"]}
    known["omp_sched_t"] = known["omp_proc_bind_t"] = _integer("int", 4)
    return known


HEADER_TYPES = _headers()

TYPE_WORDS = (
    _WORDS | frozenset(_SIMPLE) | frozenset(["const", "volatile", "struct", "union", "enum", "class", "typename"])
)

# Templates and classes of namespace std that a `using` makes visible without `std::`.
STD_RECORDS = frozenset(
    [
        "vector", "array", "deque", "list", "forward_list", "map", "set", "multimap", "multiset", "unordered_map",
        "unordered_set", "unordered_multimap", "unordered_multiset", "stack", "queue", "priority_queue", "pair",
        "tuple",
        "string", "wstring", "string_view", "span", "valarray", "bitset", "optional", "variant", "any", "function",
        "unique_ptr", "shared_ptr", "weak_ptr", "complex", "initializer_list", "atomic", "mutex", "thread", "future",
        "promise", "lock_guard", "unique_lock", "shared_mutex", "condition_variable", "ostream", "istream", "iostream",
        "ofstream", "ifstream", "fstream", "stringstream", "ostringstream", "istringstream", "random_device", "mt19937",
        "mt19937_64", "uniform_int_distribution", "uniform_real_distribution", "normal_distribution",
        "default_random_engine", "numeric_limits", "exception", "runtime_error", "logic_error", "invalid_argument",
        "out_of_range", "reference_wrapper", "hash", "less", "greater", "plus", "multiplies", "allocator", "mdspan",
    ]
)  # fmt: skip

# Functions of namespace std likewise.
STD_FUNCTIONS = frozenset(
    [
        "max", "min", "swap", "sort", "stable_sort", "partial_sort", "nth_element", "fill", "fill_n", "copy", "copy_n",
        "copy_if", "copy_backward", "move", "forward", "transform", "accumulate", "reduce", "transform_reduce",
        "inner_product", "partial_sum", "inclusive_scan", "exclusive_scan", "iota", "find", "find_if", "count",
        "count_if", "for_each", "for_each_n", "any_of", "all_of", "none_of", "equal", "reverse", "rotate", "unique",
        "remove", "remove_if", "replace", "generate", "generate_n", "max_element", "min_element", "minmax",
        "minmax_element", "lower_bound", "upper_bound", "binary_search", "equal_range", "merge", "make_pair",
        "make_tuple", "make_unique", "make_shared", "tie", "get", "begin", "end", "cbegin", "cend", "size", "data",
        "distance", "advance", "next", "prev", "to_string", "stoi", "stol", "stod", "stof", "getline", "ref", "cref",
        "bind", "async", "clamp", "gcd", "lcm", "midpoint", "abs", "shuffle", "random_shuffle", "set_union",
        "set_intersection", "set_difference", "push_heap", "pop_heap", "make_heap", "norm", "conj", "real", "imag",
        "arg",
        "polar", "isnan", "isinf", "isfinite", "hypot", "cbrt", "exchange", "addressof", "unique_copy",
        "adjacent_difference", "find_if_not", "adjacent_find", "is_sorted", "is_heap", "sort_heap", "next_permutation",
        "prev_permutation", "partition", "reverse_copy", "swap_ranges", "print", "println", "terminate", "as_const",
    ]
)  # fmt: skip
