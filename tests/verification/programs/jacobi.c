/* Race-free: a sweep reads one grid and writes the other; the barrier at the end of each loop separates the sweeps. */
#include <stdio.h>
enum { N = 34, SWEEPS = 6 };
static double u[N][N], v[N][N];
int main(void) {
    double change = 0;
    for (int i = 0; i < N; i++)
        u[i][0] = v[i][0] = i;
#pragma omp parallel
    for (int s = 0; s < SWEEPS; s++) {
#pragma omp for
        for (int i = 1; i < N - 1; i++)
            for (int j = 1; j < N - 1; j++)
                v[i][j] = 0.25 * (u[i - 1][j] + u[i + 1][j] + u[i][j - 1] + u[i][j + 1]);
#pragma omp for collapse(2) reduction(+ : change)
        for (int i = 1; i < N - 1; i++)
            for (int j = 1; j < N - 1; j++) {
                change += v[i][j] - u[i][j];
                u[i][j] = v[i][j];
            }
    }
    printf("%.9g %.9g\n", change, u[N / 2][3]);
    return 0;
}
