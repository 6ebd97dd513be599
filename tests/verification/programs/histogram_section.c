/* Race-free: the array section is reduced. */
#include <stdio.h>
enum { N = 1200, BINS = 10 };
static void tally(const int *key, long *count) {
#pragma omp parallel for reduction(+ : count[0 : BINS])
    for (int i = 0; i < N; i++)
        count[key[i]] += i;
}
int main(void) {
    static int key[N];
    long count[BINS] = {0};
    for (int i = 0; i < N; i++)
        key[i] = (i * 13) % BINS;
    tally(key, count);
    for (int b = 0; b < BINS; b++)
        printf("%ld ", count[b]);
    printf("\n");
    return 0;
}
