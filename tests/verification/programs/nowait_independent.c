/* Race-free: the loops without a barrier between them touch different arrays; the third reads both after a barrier. */
#include <stdio.h>
enum { N = 256 };
static int a[N], b[N], c[N];
int main(void) {
#pragma omp parallel
    {
#pragma omp for nowait
        for (int i = 0; i < N; i++)
            a[i] = i * 3;
#pragma omp for
        for (int i = 0; i < N; i++)
            b[i] = i + 5;
#pragma omp for
        for (int i = 0; i < N; i++)
            c[i] = a[N - 1 - i] - b[(i + 1) % N];
    }
    long sum = 0;
    for (int i = 0; i < N; i++)
        sum += (long)c[i] * i;
    printf("%ld %d\n", sum, c[10]);
    return 0;
}
