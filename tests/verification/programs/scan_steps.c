/* Race-free: a step reads one array and writes the other, which change places after the barrier. */
#include <stdio.h>
enum { N = 200 };
static int from[N], to[N];
int main(void) {
    for (int i = 0; i < N; i++)
        from[i] = i % 6;
#pragma omp parallel
    for (int step = 1; step < N; step *= 2) {
#pragma omp for schedule(static, 5)
        for (int i = 0; i < N; i++)
            to[i] = i >= step ? from[i] + from[i - step] : from[i];
#pragma omp for schedule(static, 5)
        for (int i = 0; i < N; i++)
            from[i] = to[i];
    }
    printf("%d %d\n", from[N - 1], from[N / 3]);
    return 0;
}
