/* Race-free: the scratch buffer of the function is each thread's own. */
#include <stdio.h>
enum { N = 120, WIDTH = 16 };
static int scratch[WIDTH];
#pragma omp threadprivate(scratch)
static int a[N];
static int smooth(int seed) {
    int best = 0;
    for (int k = 0; k < WIDTH; k++)
        scratch[k] = (seed * (k + 3)) % 97;
    for (int k = 1; k < WIDTH; k++)
        if (scratch[k] - scratch[k - 1] > best)
            best = scratch[k] - scratch[k - 1];
    return best;
}
int main(void) {
#pragma omp parallel for
    for (int i = 0; i < N; i++)
        a[i] = smooth(i);
    long sum = 0;
    for (int i = 0; i < N; i++)
        sum += a[i] * (i + 1L);
    printf("%ld\n", sum);
    return 0;
}
