/* Race-free: within a stage the butterflies touch disjoint pairs; a stage ends before the next one begins. */
#include <complex.h>
#include <math.h>
#include <stdio.h>
enum { N = 128 };
static double complex a[N];
int main(void) {
    double complex w, odd;
    for (int i = 0; i < N; i++) {
        int r = 0;
        for (int bit = 1, top = N / 2; bit < N; bit <<= 1, top >>= 1)
            if (i & bit)
                r |= top;
        a[r] = i % 10 - 4;
    }
#pragma omp parallel private(w, odd)
    for (int half = 1; half < N; half *= 2) {
#pragma omp for
        for (int k = 0; k < N / 2; k++) {
            int j = k % half, at = k / half * 2 * half + j;
            w = cos(M_PI * j / half) - I * sin(M_PI * j / half);
            odd = w * a[at + half];
            a[at + half] = a[at] - odd;
            a[at] += odd;
        }
    }
    double power = 0;
    for (int i = 0; i < N; i++)
        power += creal(a[i] * conj(a[i])) * (1 + i % 5);
    printf("%.8g %.8g\n", power, cabs(a[1]));
    return 0;
}
