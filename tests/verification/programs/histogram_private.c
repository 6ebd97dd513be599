/* Race-free: each thread counts in a histogram of its own and adds it to the common one in a critical region. */
#include <stdio.h>
#include <string.h>
enum { N = 1500, BINS = 16 };
static int key[N], count[BINS];
int main(void) {
    int own[BINS];
    for (int i = 0; i < N; i++)
        key[i] = (i * i + 3) % BINS;
#pragma omp parallel private(own)
    {
        memset(own, 0, sizeof own);
#pragma omp for nowait
        for (int i = 0; i < N; i++)
            own[key[i]]++;
#pragma omp critical(merge)
        for (int b = 0; b < BINS; b++)
            count[b] += own[b];
    }
    for (int b = 0; b < BINS; b++)
        printf("%d ", count[b]);
    printf("\n");
    return 0;
}
