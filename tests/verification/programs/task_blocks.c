/* Race-free: a block is updated after itself and its left neighbour, as depend says. */
#include <stdio.h>
enum { BLOCKS = 8, SIZE = 25, SWEEPS = 4 };
static long a[BLOCKS][SIZE];
static void relax(long *left, long *own) {
    own[0] += left[SIZE - 1];
    for (int i = 1; i < SIZE; i++)
        own[i] = (own[i] + own[i - 1] * 3) % 9973;
}
int main(void) {
    for (int b = 0; b < BLOCKS; b++)
        for (int i = 0; i < SIZE; i++)
            a[b][i] = b + i;
#pragma omp parallel
#pragma omp single
    for (int s = 0; s < SWEEPS; s++)
        for (int b = 1; b < BLOCKS; b++) {
#pragma omp task depend(in : a[b - 1]) depend(inout : a[b])
            relax(a[b - 1], a[b]);
        }
    printf("%ld %ld\n", a[1][3], a[BLOCKS - 1][SIZE - 1]);
    return 0;
}
