/* Race-free: both functions hold the lock while they touch the sums; one calls the other with the lock held. */
#include <omp.h>
#include <stdio.h>
static omp_nest_lock_t lock;
static long sum, calls;
static void add(int value) {
    omp_set_nest_lock(&lock);
    sum += value;
    calls++;
    omp_unset_nest_lock(&lock);
}
static void add_twice(int value) {
    omp_set_nest_lock(&lock);
    add(value);
    add(value + 1);
    omp_unset_nest_lock(&lock);
}
int main(void) {
    omp_init_nest_lock(&lock);
#pragma omp parallel for schedule(dynamic, 2)
    for (int i = 0; i < 200; i++) {
        if (i % 3)
            add(i);
        else
            add_twice(i);
    }
    omp_destroy_nest_lock(&lock);
    printf("%ld %ld\n", sum, calls);
    return 0;
}
