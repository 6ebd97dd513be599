/* Jacobi iteration on a square grid of n by n points: every inner point becomes the mean of its neighbours. */
#include <math.h>

static double sweep(int n, const double *from, double *to) {
  double change = 0;
  for (int i = 1; i < n - 1; i++) /* rows */
    for (int j = 1; j < n - 1; j++) { /* columns */
      double mean = 0.25 * (from[(i - 1) * n + j] + from[(i + 1) * n + j] + from[i * n + j - 1] + from[i * n + j + 1]);
      change = fmax(change, fabs(mean - from[i * n + j]));
      to[i * n + j] = mean;
    }
  return change;
}

/* Sweeps there and back until no point changes by more than `tolerance`; returns how many sweeps it took. */
int jacobi2d(int n, int most, double tolerance, double *a, double *b) {
  int sweeps = 0;
  double change = tolerance + 1;
  while (sweeps < most && change > tolerance) { /* sweeps */
    sweep(n, a, b);
    change = sweep(n, b, a);
    sweeps += 2;
  }
  return sweeps;
}
