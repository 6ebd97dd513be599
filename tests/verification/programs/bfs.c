/* Race-free: a vertex is claimed under the lock-free capture, and its place in the next front is drawn atomically. */
#include <stdio.h>
enum { N = 200, DEGREE = 3 };
static int edge[N][DEGREE], claimed[N], level[N], front[2][N];
int main(void) {
    for (int i = 0; i < N; i++)
        for (int k = 0; k < DEGREE; k++)
            edge[i][k] = (i * (k + 2) + 7 * k + 1) % N;
    int size = 1, depth = 0, now = 0;
    claimed[0] = 1;
    while (size > 0) {
        int grown = 0;
        depth++;
#pragma omp parallel for
        for (int f = 0; f < size; f++)
            for (int k = 0; k < DEGREE; k++) {
                int to = edge[front[now][f]][k], before, place;
#pragma omp atomic capture
                before = claimed[to]++;
                if (before == 0) {
                    level[to] = depth;
#pragma omp atomic capture
                    place = grown++;
                    front[1 - now][place] = to;
                }
            }
        now = 1 - now;
        size = grown;
    }
    long sum = 0;
    for (int i = 0; i < N; i++)
        sum += level[i] * (i % 13L);
    printf("%d %ld\n", depth, sum);
    return 0;
}
