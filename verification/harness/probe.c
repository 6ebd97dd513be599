/* Tried once on every compiler: does OpenMP compile, link and run; with "race", a race that a race checker must see. */
#include <omp.h>
#include <stdio.h>

int main(int argc, char **argv) {
  static int a[64];
  int threads = 0, i;
  (void)argv;
#pragma omp parallel num_threads(2) reduction(+ : threads)
  threads++;
  if (argc > 1) {
#pragma omp parallel for num_threads(2) schedule(static, 1)
    for (i = 1; i < 64; i++) a[i] = a[i - 1] + 1;
  } else {
#pragma omp parallel for num_threads(2) schedule(static, 1)
    for (i = 0; i < 64; i++) a[i] = i;
  }
  printf("%d %d\n", a[63], omp_get_max_threads());
  return threads == 2 ? 0 : 1;
}
