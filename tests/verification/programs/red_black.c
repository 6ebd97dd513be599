/* Race-free: red cells are written from black ones only, and after the end of the loop the other way round. */
#include <stdio.h>
enum { N = 32 };
static double u[N][N];
int main(void) {
    int i, j;
    for (i = 0; i < N; i++)
        u[0][i] = 1 + i % 3;
#pragma omp parallel private(j)
    for (int sweep = 0; sweep < 4; sweep++)
        for (int colour = 0; colour < 2; colour++) {
#pragma omp for
            for (i = 1; i < N - 1; i++)
                for (j = 1 + (i + colour) % 2; j < N - 1; j += 2)
                    u[i][j] = 0.25 * (u[i - 1][j] + u[i + 1][j] + u[i][j - 1] + u[i][j + 1]);
        }
    double sum = 0;
    for (i = 0; i < N; i++)
        for (j = 0; j < N; j++)
            sum += u[i][j] * (i + 1);
    printf("%.10g %.10g\n", sum, u[2][2]);
    return 0;
}
