/* Race-free: each pair (i, j) writes m[i][j] and m[j][i], which no other pair does. */
#include <stdio.h>
enum { N = 48 };
static int m[N][N];
int main(void) {
    int i, j, distance;
#pragma omp parallel for private(j, distance) schedule(guided)
    for (i = 0; i < N; i++)
        for (j = i; j < N; j++) {
            distance = (i - j) * (i - j) % 31;
            m[i][j] = distance;
            m[j][i] = distance;
        }
    long sum = 0;
    for (i = 0; i < N; i++)
        for (j = 0; j < N; j++)
            sum += m[i][j] * (long)(i + 2 * j);
    printf("%ld\n", sum);
    return 0;
}
