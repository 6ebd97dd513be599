/* Race-free: a counter is touched only by the holder of its lock. */
#include <omp.h>
#include <stdio.h>
enum { N = 500, SLOTS = 4 };
int main(void) {
    omp_lock_t lock[SLOTS];
    long slot[SLOTS] = {0};
    for (int s = 0; s < SLOTS; s++)
        omp_init_lock(&lock[s]);
#pragma omp parallel for
    for (int i = 0; i < N; i++) {
        int s = (i * 5 + i / 9) % SLOTS;
        omp_set_lock(&lock[s]);
        slot[s] += i;
        omp_unset_lock(&lock[s]);
    }
    for (int s = 0; s < SLOTS; s++) {
        omp_destroy_lock(&lock[s]);
        printf("%ld ", slot[s]);
    }
    printf("\n");
    return 0;
}
