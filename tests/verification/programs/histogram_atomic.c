/* Race-free: each count is raised atomically. */
#include <stdio.h>
enum { N = 2000, BINS = 8 };
static int key[N], count[BINS];
int main(void) {
    for (int i = 0; i < N; i++)
        key[i] = (i * 31 + i / 7) % BINS;
#pragma omp parallel for
    for (int i = 0; i < N; i++) {
#pragma omp atomic
        count[key[i]]++;
    }
    for (int b = 0; b < BINS; b++)
        printf("%d ", count[b]);
    printf("\n");
    return 0;
}
