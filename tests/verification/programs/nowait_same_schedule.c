/* Race-free: both loops have the same bounds and a static schedule, so a[i] is read by the thread that wrote it. */
#include <stdio.h>
enum { N = 240 };
static int a[N], b[N];
int main(void) {
    int sum = 0;
#pragma omp parallel
    {
#pragma omp for schedule(static) nowait
        for (int i = 0; i < N; i++)
            a[i] = i ^ 5;
#pragma omp for schedule(static)
        for (int i = 0; i < N; i++)
            b[i] = a[i] * 2;
#pragma omp for reduction(+ : sum)
        for (int i = 0; i < N; i++)
            sum += b[(i * 7) % N];
    }
    printf("%d %d\n", sum, b[N - 1]);
    return 0;
}
