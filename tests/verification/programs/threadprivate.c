/* Race-free: every thread has a counter of its own, which begins with the master's value. */
#include <stdio.h>
static int counter = 0;
#pragma omp threadprivate(counter)
static void count(int i) {
    if (i % 3 == 0)
        counter++;
}
int main(void) {
    int total = 0;
    counter = 100;
    int threads = 0;
#pragma omp parallel copyin(counter) reduction(+ : total, threads)
    {
        threads = 1;
#pragma omp for
        for (int i = 0; i < 600; i++)
            count(i);
        total = counter - 100;
    }
    printf("%d %d\n", total, threads > 0);
    return 0;
}
