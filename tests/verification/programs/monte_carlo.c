/* Race-free: the generator's state is made anew in each iteration, hits are reduced. */
#include <stdio.h>
enum { N = 1500 };
static unsigned next(unsigned *state) {
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}
int main(void) {
    unsigned state, seed = 17;
    int hits = 0;
    double x, y;
#pragma omp parallel for private(state, x, y) firstprivate(seed) reduction(+ : hits) schedule(static, 16)
    for (int i = 0; i < N; i++) {
        state = seed + (unsigned)i * 977u;
        x = next(&state) / 16777216.0;
        y = next(&state) / 16777216.0;
        hits += x * x + y * y < 1;
    }
    printf("%d\n", hits);
    return 0;
}
