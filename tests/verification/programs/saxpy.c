/* Race-free: each iteration writes y[i] alone, from elements that nothing else writes. */
#include <stdio.h>
enum { N = 500 };
static double x[N], y[N];
int main(void) {
    double scale = 2.5, t;
    int i;
    for (i = 0; i < N; i++) {
        x[i] = i * 0.5;
        y[i] = N - i;
    }
#pragma omp parallel for private(t) firstprivate(scale)
    for (i = 0; i < N; i++) {
        t = scale * x[i];
        y[i] = t + y[i] / (1 + t);
    }
    double sum = 0;
    for (i = 0; i < N; i++)
        sum += y[i];
    printf("%.9g %.9g\n", y[7], sum);
    return 0;
}
