/* Race-free: a phase swaps disjoint pairs; phases are separated by the end of the loop. */
#include <stdio.h>
enum { N = 60 };
static int a[N];
int main(void) {
    int t, swaps = 0;
    for (int i = 0; i < N; i++)
        a[i] = (i * 29) % 61;
#pragma omp parallel private(t)
    for (int phase = 0; phase < N; phase++) {
#pragma omp for reduction(+ : swaps)
        for (int i = phase % 2; i < N - 1; i += 2)
            if (a[i] > a[i + 1]) {
                t = a[i];
                a[i] = a[i + 1];
                a[i + 1] = t;
                swaps++;
            }
    }
    for (int i = 0; i < N; i++)
        printf("%d ", a[i]);
    printf("%d\n", swaps);
    return 0;
}
