/* Race-free: the tasks that add to the total exclude each other, and the one that prints comes after them. */
#include <stdio.h>
enum { PARTS = 12 };
int main(void) {
    long total = 0, shown = 0;
    long part[PARTS];
#pragma omp parallel
#pragma omp single
    {
        for (int p = 0; p < PARTS; p++) {
#pragma omp task depend(out : part[p])
            part[p] = p * p + 1;
#pragma omp task depend(in : part[p]) depend(mutexinoutset : total)
            total += part[p];
        }
#pragma omp task depend(in : total)
        shown = total * 2;
    }
    printf("%ld %ld\n", total, shown);
    return 0;
}
