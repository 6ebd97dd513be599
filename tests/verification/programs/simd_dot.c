/* Race-free: sum is reduced over the lanes and the threads, t is private, j steps with i. */
#include <stdio.h>
enum { N = 512 };
static float x[N], y[2 * N];
int main(void) {
    float sum = 0, t = 0;
    int j = 0;
    for (int i = 0; i < N; i++)
        x[i] = (float)(i % 9);
#pragma omp simd private(t) linear(j : 2)
    for (int i = 0; i < N; i++) {
        t = x[i] * 0.5f;
        y[j] = t;
        y[j + 1] = t + 1;
        j += 2;
    }
#pragma omp parallel for simd reduction(+ : sum)
    for (int i = 0; i < 2 * N; i++)
        sum += y[i];
    printf("%.6g %.6g %d\n", (double)sum, (double)y[77], j);
    return 0;
}
