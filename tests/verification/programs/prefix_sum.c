/* Race-free: blocks are summed apart, one thread turns their sums into offsets, then each block is shifted. */
#include <stdio.h>
enum { BLOCKS = 8, SIZE = 64 };
static long a[BLOCKS][SIZE], offset[BLOCKS + 1];
int main(void) {
    for (int b = 0; b < BLOCKS; b++)
        for (int i = 0; i < SIZE; i++)
            a[b][i] = (b + 1) * i % 9;
#pragma omp parallel
    {
#pragma omp for
        for (int b = 0; b < BLOCKS; b++) {
            for (int i = 1; i < SIZE; i++)
                a[b][i] += a[b][i - 1];
            offset[b + 1] = a[b][SIZE - 1];
        }
#pragma omp single
        for (int b = 0; b < BLOCKS; b++)
            offset[b + 1] += offset[b];
#pragma omp for
        for (int b = 0; b < BLOCKS; b++)
            for (int i = 0; i < SIZE; i++)
                a[b][i] += offset[b];
    }
    printf("%ld %ld\n", a[BLOCKS - 1][SIZE - 1], a[3][5]);
    return 0;
}
