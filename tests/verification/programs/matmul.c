/* Race-free: an element of the product belongs to one pair of the collapsed loops; the sum is private. */
#include <stdio.h>
enum { N = 28 };
static double a[N][N], b[N][N], c[N][N];
int main(void) {
    double sum;
    int i, j, k;
    for (i = 0; i < N; i++)
        for (j = 0; j < N; j++) {
            a[i][j] = i - j * 0.5;
            b[i][j] = (i * j) % 7;
        }
#pragma omp parallel for collapse(2) private(k, sum) default(none) shared(a, b, c)
    for (i = 0; i < N; i++)
        for (j = 0; j < N; j++) {
            sum = 0;
            for (k = 0; k < N; k++)
                sum += a[i][k] * b[k][j];
            c[i][j] = sum;
        }
    printf("%.9g %.9g\n", c[3][5], c[N - 1][N - 2]);
    return 0;
}
