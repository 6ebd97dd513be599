/* Functions that a driver passes in place of the user's: pure ones, of whatever type is asked for.
 *
 * What they compute follows from their arguments alone; a number that an argument leads to without const gets a new
 * value. In C++ the compiler finds the type. In C each has its definition in the driver (drivers/functions.py), and
 * chooses with these macros what becomes of its arguments.
 */
#ifndef PRAGMATIST_FUNCTIONS_H
#define PRAGMATIST_FUNCTIONS_H
#include "driver.h"

#ifdef __cplusplus
#include <functional>
#include <type_traits>

template <class T>
typename std::enable_if<std::is_arithmetic<T>::value, double>::type pragmatist_number(const T &x, int) {
  return (double)x;
}
template <class T>
typename std::enable_if<std::is_arithmetic<T>::value, double>::type pragmatist_number(T *const &x, int) {
  return x ? (double)*x : 0;
}
template <class T> typename std::enable_if<std::is_void<T>::value, double>::type pragmatist_number(T *const &x, int) {
  return x ? (double)*(const unsigned char *)x : 0;
}
template <class T> double pragmatist_number(const T &, long) { return 0; }
template <class A, class T>
typename std::enable_if<std::is_same<A, T &>::value && std::is_arithmetic<T>::value && !std::is_const<T>::value>::type
pragmatist_leave(T &x, double value, int) {
  x = (T)value;
}
template <class A, class T>
typename std::enable_if<std::is_arithmetic<T>::value && !std::is_const<T>::value>::type
pragmatist_leave(T *&x, double value, int) {
  if (x) *x = (T)value;
}
template <class A, class T> void pragmatist_leave(T &&, double, long) {}
template <class R> typename std::enable_if<std::is_arithmetic<R>::value, R>::type pragmatist_returned(double x) {
  return (R)x;
}
template <class R> typename std::enable_if<!std::is_arithmetic<R>::value, R>::type pragmatist_returned(double) {
  return R();
}

template <class F> struct pragmatist_pure;
template <class R, class... A> struct pragmatist_pure<R(A...)> {
  static R call(A... a) noexcept {
    const double values[] = {pragmatist_number(a, 0)..., 0};
    const double x = pragmatist_mixed(values, sizeof...(A), std::is_integral<R>::value);
    const int left[] = {(pragmatist_leave<A>(a, x, 0), 0)..., 0};
    (void)left;
    return pragmatist_returned<R>(x);
  }
};

/* A pointer to a function, or a std::function. */
template <class R, class... A> using pragmatist_function = R (*)(A...);
#ifdef __cpp_noexcept_function_type
template <class R, class... A> using pragmatist_calm_function = R (*)(A...) noexcept;
#endif
struct pragmatist_stand_in {
  template <class R, class... A> operator pragmatist_function<R, A...>() const {
    return &pragmatist_pure<R(A...)>::call;
  }
#ifdef __cpp_noexcept_function_type
  template <class R, class... A> operator pragmatist_calm_function<R, A...>() const {
    return &pragmatist_pure<R(A...)>::call;
  }
#endif
  template <class R, class... A> operator std::function<R(A...)>() const { return &pragmatist_pure<R(A...)>::call; }
};

/* For templates, which ask for no type: that of the first argument. */
template <class... A> struct pragmatist_first { typedef double type; };
template <class T, class... A> struct pragmatist_first<T, A...> {
  typedef typename std::decay<T>::type own;
  typedef typename std::conditional<std::is_arithmetic<own>::value, own, double>::type type;
};
struct pragmatist_callable {
  template <class... A> typename pragmatist_first<A...>::type operator()(A &&...a) const {
    return pragmatist_pure<typename pragmatist_first<A...>::type(const typename std::decay<A>::type &...)>::call(a...);
  }
};

#else
#define pragmatist_number(x)                                                                                     \
  _Generic((x), float: (x), double: (x), long double: (x), _Bool: (x), char: (x), signed char: (x),                \
      unsigned char: (x), short: (x), unsigned short: (x), int: (x), unsigned: (x), long: (x), unsigned long: (x), \
      long long: (x), unsigned long long: (x), default: 0)

#define PRAGMATIST_AT(name, type)                                                                                 \
  static inline double pragmatist_at_##name(const void *at) { return at ? (double)*(const type *)at : 0; }         \
  static inline void pragmatist_to_##name(void *at, double x) {                                                    \
    if (at) *(type *)at = (type)x;                                                                                 \
  }
PRAGMATIST_AT(float, float)
PRAGMATIST_AT(double, double)
PRAGMATIST_AT(int, int)
PRAGMATIST_AT(unsigned, unsigned)
PRAGMATIST_AT(long, long)
PRAGMATIST_AT(byte, unsigned char)
static inline double pragmatist_at_none(const void *at) { return (void)at, 0; }
static inline void pragmatist_to_none(const void *at, double x) { (void)at, (void)x; }

#define pragmatist_pointed(x)                                                                                     \
  _Generic((x), float *: pragmatist_at_float, const float *: pragmatist_at_float, double *: pragmatist_at_double,  \
      const double *: pragmatist_at_double, int *: pragmatist_at_int, const int *: pragmatist_at_int,              \
      unsigned *: pragmatist_at_unsigned, const unsigned *: pragmatist_at_unsigned, long *: pragmatist_at_long,    \
      const long *: pragmatist_at_long, char *: pragmatist_at_byte, const char *: pragmatist_at_byte,              \
      void *: pragmatist_at_byte, const void *: pragmatist_at_byte, default: pragmatist_at_none)(x)
#define pragmatist_leave(x, value)                                                                                \
  _Generic((x), float *: pragmatist_to_float, double *: pragmatist_to_double, int *: pragmatist_to_int,            \
      unsigned *: pragmatist_to_unsigned, long *: pragmatist_to_long, default: pragmatist_to_none)(x, value)
#endif
#endif
