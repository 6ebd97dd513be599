/* Race-free: each thread sorts its own copy of the small array before it uses it. */
#include <stdio.h>
enum { N = 90, K = 6 };
static int median[N];
int main(void) {
    int window[K] = {9, 4, 7, 1, 8, 2}, t;
    int lastly = 0;
#pragma omp parallel for firstprivate(window) private(t) lastprivate(lastly)
    for (int i = 0; i < N; i++) {
        for (int k = 0; k < K; k++)
            window[k] = (k * 5 + i * 3) % 11;
        for (int p = 0; p < K; p++)
            for (int k = 0; k + 1 < K; k++)
                if (window[k] > window[k + 1]) {
                    t = window[k];
                    window[k] = window[k + 1];
                    window[k + 1] = t;
                }
        median[i] = window[K / 2];
        lastly = window[0] + i;
    }
    long sum = 0;
    for (int i = 0; i < N; i++)
        sum += median[i] * (i + 1L);
    printf("%ld %d\n", sum, lastly);
    return 0;
}
