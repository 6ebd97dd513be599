/* Race-free: a cell waits for the one above and the one to its left. */
#include <stdio.h>
enum { N = 16 };
static int best[N][N], cost[N][N];
int main(void) {
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            cost[i][j] = best[i][j] = (i * 7 + j * 3) % 10;
#pragma omp parallel for ordered(2) schedule(static, 1)
    for (int i = 1; i < N; i++)
        for (int j = 1; j < N; j++) {
#pragma omp ordered depend(sink : i - 1, j) depend(sink : i, j - 1)
            int up = best[i - 1][j], left = best[i][j - 1];
            best[i][j] = cost[i][j] + (up < left ? up : left);
#pragma omp ordered depend(source)
        }
    printf("%d %d\n", best[N - 1][N - 1], best[N / 2][N - 1]);
    return 0;
}
