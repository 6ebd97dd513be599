/* Race-free: one thread draws the seed for a round, and copyprivate gives it to the private seeds of the others. */
#include <stdio.h>
enum { N = 128, ROUNDS = 4 };
static unsigned a[N];
int main(void) {
    unsigned state = 7, seed = 0;
#pragma omp parallel firstprivate(seed)
    for (int r = 0; r < ROUNDS; r++) {
#pragma omp single copyprivate(seed)
        {
            state = state * 1103515245u + 12345u;
            seed = state >> 16;
        }
#pragma omp for
        for (int i = 0; i < N; i++)
            a[i] = a[i] * 3u + seed + (unsigned)i;
    }
    unsigned mix = 0;
    for (int i = 0; i < N; i++)
        mix = mix * 31u + a[i];
    printf("%u\n", mix);
    return 0;
}
