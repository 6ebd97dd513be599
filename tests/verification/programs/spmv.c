/* Race-free: a row's result belongs to one iteration; the norm is reduced. */
#include <stdio.h>
enum { N = 120 };
static int start[N + 1], column[5 * N];
static double value[5 * N], x[N], y[N];
int main(void) {
    int entries = 0, last;
    double norm = 0, sum;
    for (int i = 0; i < N; i++) {
        start[i] = entries;
        for (int k = 0; k <= i % 5; k++) {
            column[entries] = (i * 3 + k * 17) % N;
            value[entries++] = 1.0 / (1 + k);
        }
        x[i] = i % 11;
    }
    start[N] = entries;
#pragma omp parallel for private(sum, last) reduction(+ : norm) schedule(dynamic, 4)
    for (int i = 0; i < N; i++) {
        sum = 0;
        last = start[i + 1];
        for (int k = start[i]; k < last; k++)
            sum += value[k] * x[column[k]];
        y[i] = sum;
        norm += sum * sum;
    }
    printf("%.9g %.9g\n", norm, y[N - 1]);
    return 0;
}
