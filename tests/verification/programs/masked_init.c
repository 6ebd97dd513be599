/* Race-free: the master thread fills the table, a barrier lets the others wait for it. */
#include <stdio.h>
enum { N = 320, SIZE = 32 };
static int table[SIZE], a[N];
int main(void) {
#pragma omp parallel
    {
#pragma omp master
        for (int i = 0; i < SIZE; i++)
            table[i] = i * i % 29;
#pragma omp barrier
#pragma omp for
        for (int i = 0; i < N; i++)
            a[i] = table[i % SIZE] + i;
    }
    long sum = 0;
    for (int i = 0; i < N; i++)
        sum += a[i] * (i % 3);
    printf("%ld\n", sum);
    return 0;
}
