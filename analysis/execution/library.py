"""What library functions do, by name (C17 §7, C++17 [library], POSIX.1-2017 for thread safety).

errno is ignored: it is thread-local. Rounding mode and floating-point exception flags are taken to be left alone.
"""

from __future__ import annotations

from typing import Literal

LibraryEffect = Literal[
    "pure", "reads", "writes first", "writes out", "updates", "allocates", "frees", "io", "state", "exits", "lock",
    "swap", "variadic",
]  # fmt: skip


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_FLOAT_FUNCTIONS = _words(
    """acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh erf erfc exp exp2 expm1 fabs fdim floor fma
    fmax fmin fmod hypot ilogb ldexp llrint llround log log10 log1p log2 logb lrint lround nearbyint nextafter pow
    remainder rint round scalbln scalbn sin sinh sqrt tan tanh tgamma trunc exp10 pow10 rsqrt
    cabs carg cexp cimag clog conj cpow cproj creal csin ccos ctan csqrt"""
)
_PURE = (
    _FLOAT_FUNCTIONS
    | {name + suffix for name in _FLOAT_FUNCTIONS for suffix in ("f", "l")}
    | _words(
        """abs labs llabs imaxabs div ldiv isnan isinf isfinite isnormal signbit fpclassify isgreater isless
        isalpha isdigit isalnum isspace isupper islower isxdigit ispunct isprint iscntrl isgraph isblank
        toupper tolower max min clamp move forward as_const get_thread_num assert static_assert
        __builtin_expect __builtin_popcount __builtin_popcountl __builtin_popcountll __builtin_clz __builtin_clzl
        __builtin_clzll __builtin_ctz __builtin_ctzl __builtin_ctzll __builtin_sqrt __builtin_fabs __builtin_pow
        __builtin_prefetch __builtin_assume_aligned __builtin_unreachable __builtin_assume
        omp_get_thread_num omp_get_num_threads omp_get_max_threads omp_get_num_procs omp_in_parallel omp_get_wtime
        omp_get_wtick omp_get_level omp_get_team_num omp_get_num_teams omp_is_initial_device omp_get_num_devices
        omp_get_default_device omp_get_initial_device omp_get_thread_limit omp_get_dynamic omp_get_nested
        omp_get_max_active_levels omp_get_active_level omp_get_ancestor_thread_num omp_get_team_size
        make_pair make_tuple pair tuple real imag norm arg polar complex numeric_limits real_abs
        clock difftime sysconf getpid usleep sleep sched_yield"""
    )
)
# Of these, those whose answer is another one in a parallel loop.
_ASKS_THREAD = _words(
    """omp_get_thread_num omp_get_num_threads omp_in_parallel omp_get_level omp_get_active_level omp_get_team_size
    omp_get_ancestor_thread_num omp_get_team_num get_thread_num"""
)
_READS = _words(
    """strlen strcmp strncmp memcmp strchr strrchr strstr strcasecmp strncasecmp memchr strspn strcspn strpbrk
    atoi atol atoll atof accumulate inner_product
    distance count find any_of all_of none_of equal max_element min_element reduce"""
)
# Of these, those that throw where the text does not begin with a number, or with one that is too great.
_PARSES = _words("stoi stol stoll stoul stoull stof stod stold")
_WRITES_FIRST = _words(
    """memcpy memmove memset strcpy strncpy strcat strncat sprintf snprintf vsnprintf bzero
    fill iota erand48"""
)
# Of these, those that set the first element in any case, and those that look at it before.
_STRINGS_WRITTEN = _words("strcpy strcat strncat sprintf")
_STRINGS_READ = _words("strcat strncat")
_UPDATES = _words("rand_r")  # the one object that the first argument leads to
_VARIADIC = _words("va_start va_copy va_end __builtin_va_arg")
# Those that hand results out through arguments, which are the positions of: what they lead to is always written and
# never read. (C17 §7.12, §7.22.1, §7.27.2; POSIX.1-2017; GNU: sincos, the generators in reentrant form.)
_OUT: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(("frexp", "frexpf", "frexpl", "modf", "modff", "modfl", "__builtin_frexp", "__builtin_modf"), (1,)),
    **dict.fromkeys(("lgamma_r", "lgammaf_r", "lgammal_r", "clock_gettime", "localtime_r", "gmtime_r"), (1,)),
    **dict.fromkeys(("strtod", "strtof", "strtold", "strtol", "strtoll", "strtoul", "strtoull"), (1,)),
    **dict.fromkeys(("sincos", "sincosf", "sincosl", "__builtin_sincos"), (1, 2)),
    **dict.fromkeys(("remquo", "remquof", "remquol"), (2,)),
    **dict.fromkeys(("drand48_r", "lrand48_r", "mrand48_r", "random_r"), (1,)),
    **dict.fromkeys(("time", "gettimeofday"), (0,)),
    "nanosleep": (),
}
# Those that also leave something new where they read: state of their own, or what is left to do.
_KEPT: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(("drand48_r", "lrand48_r", "mrand48_r", "random_r"), (0,)),
    "nanosleep": (1,),
}
_ALLOCATES = _words(
    "malloc calloc realloc aligned_alloc memalign valloc strdup strndup _mm_malloc mkl_malloc hbw_malloc "
    "make_unique make_shared alloca __builtin_alloca"
)
_FREES = _words("free _mm_free mkl_free hbw_free")
_IO = _words(
    """printf fprintf vprintf vfprintf puts fputs putchar putc fputc fwrite fread fopen fclose fflush fgets fgetc getc
    getchar scanf fscanf sscanf ungetc fseek ftell rewind perror read write open close dprintf remove rename setvbuf
    getline fputws wprintf feof ferror print println"""
)
# What writes to standard streams and reads from them, by the names of the streams and of their classes.
_STREAMS = _words(
    """cout cerr clog cin wcout wcerr wclog wcin ostream istream iostream ofstream ifstream fstream stringstream
    ostringstream istringstream wostream wistream wstringstream"""
)
_STATE = _words(
    """rand srand random srandom drand48 lrand48 mrand48 srand48 strtok setlocale localtime gmtime ctime asctime
    getenv setenv putenv signal lgamma lgammaf lgammal omp_set_num_threads omp_set_dynamic omp_set_nested
    omp_set_schedule omp_set_max_active_levels"""
)
_EXITS = _words("exit abort _exit _Exit quick_exit longjmp siglongjmp terminate __builtin_trap err errx")
_LOCK = _words(
    """omp_init_lock omp_destroy_lock omp_set_lock omp_unset_lock omp_test_lock omp_init_nest_lock
    omp_destroy_nest_lock omp_set_nest_lock omp_unset_nest_lock omp_test_nest_lock omp_init_lock_with_hint
    pthread_mutex_lock pthread_mutex_unlock pthread_mutex_init pthread_mutex_destroy"""
)

_TABLE: dict[str, LibraryEffect] = {
    **dict.fromkeys(_PURE, "pure"),
    **dict.fromkeys(_READS | _PARSES, "reads"),
    **dict.fromkeys(_WRITES_FIRST, "writes first"),
    **dict.fromkeys(_OUT, "writes out"),
    **dict.fromkeys(_UPDATES, "updates"),
    **dict.fromkeys(_VARIADIC, "variadic"),
    **dict.fromkeys(_ALLOCATES, "allocates"),
    **dict.fromkeys(_FREES, "frees"),
    **dict.fromkeys(_IO | _STREAMS, "io"),
    **dict.fromkeys(_STATE, "state"),
    **dict.fromkeys(_EXITS, "exits"),
    **dict.fromkeys(_LOCK, "lock"),
    "swap": "swap",
}
# Generic names that mean the library's function only when qualified (std::max), or are not functions of C at all.
_ONLY_STD = _words(
    """max min clamp move forward as_const swap fill iota accumulate inner_product distance count find any_of all_of
    none_of equal max_element min_element reduce make_pair make_tuple pair tuple real imag norm arg polar complex
    print println make_unique make_shared terminate round_up"""
)
_ONLY_STD |= _STREAMS | _PARSES
_ONLY_C = _words("remove")  # std::remove is an algorithm
_MIN_MAX = {"max": "max", "min": "min", "fmax": "max", "fmin": "min", "fmaxf": "max", "fminf": "min", "fmaxl": "max",
            "fminl": "min"}  # fmt: skip


def effect_of(name: str, using_std: bool = False) -> LibraryEffect | None:
    """What the function called `name` (qualified as in the text) does; None when it is not known."""
    qualified = name.startswith(("std::", "::std::"))
    bare = name.rsplit("::", 1)[-1] if qualified else name.removeprefix("::")
    if bare in _ONLY_STD and not qualified and not using_std:
        return None
    if bare in _ONLY_C and qualified:
        return None
    return _TABLE.get(bare)


def out_arguments(name: str) -> tuple[int, ...]:
    """The positions of the arguments through which a function that "writes out" writes, without reading there."""
    return _OUT.get(name.rsplit("::", 1)[-1], ())


def kept_arguments(name: str) -> tuple[int, ...]:
    """The positions of those through which it reads and writes, or perhaps writes."""
    return _KEPT.get(name.rsplit("::", 1)[-1], ())


def first_element(name: str) -> tuple[bool, bool]:
    """Whether a function that "writes first" certainly reads the element that its first argument leads to, and whether
    it certainly writes it. (What `strcat` appends is not there, but no call sees less than the call before wrote.)"""
    bare = name.rsplit("::", 1)[-1]
    return bare in _STRINGS_READ, bare in _STRINGS_WRITTEN


def asks_thread(name: str) -> bool:
    """Whether the function tells which of how many threads it runs on."""
    return name.rsplit("::", 1)[-1] in _ASKS_THREAD


def may_throw(name: str) -> bool:
    return name.rsplit("::", 1)[-1] in _PARSES


def min_max_of(name: str) -> str | None:
    """ "min" or "max" for functions that return the smaller or greater of two arguments."""
    return _MIN_MAX.get(name.rsplit("::", 1)[-1])


def is_float_function(bare: str) -> bool:
    """Whether the result is a floating-point number, which never decides an address."""
    return bare in _FLOAT_FUNCTIONS or bare[:-1] in _FLOAT_FUNCTIONS
