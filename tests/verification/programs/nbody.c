/* Race-free: forces are computed from positions that only move after the barrier; a body belongs to one iteration. */
#include <math.h>
#include <stdio.h>
enum { N = 40, STEPS = 3 };
static double x[N], v[N], m[N];
int main(void) {
    double force, d;
    for (int i = 0; i < N; i++) {
        x[i] = i + 0.1 * (i % 3);
        m[i] = 1 + i % 4;
    }
#pragma omp parallel private(force, d)
    for (int s = 0; s < STEPS; s++) {
#pragma omp for
        for (int i = 0; i < N; i++) {
            force = 0;
            for (int j = 0; j < N; j++) {
                d = x[j] - x[i];
                force += m[j] * d / (0.01 + fabs(d * d * d));
            }
            v[i] += 0.001 * force;
        }
#pragma omp for
        for (int i = 0; i < N; i++)
            x[i] += 0.1 * v[i];
    }
    double energy = 0;
    for (int i = 0; i < N; i++)
        energy += m[i] * v[i] * v[i];
    printf("%.8g %.8g\n", x[4], energy);
    return 0;
}
