/* Race-free: the tasks on a pair of cells are ordered by their depend clauses. */
#include <stdio.h>
enum { STEPS = 40 };
int main(void) {
    int x = 1, y = 2, total = 0;
#pragma omp parallel
#pragma omp single
    {
        for (int i = 0; i < STEPS; i++) {
#pragma omp task depend(inout : x) firstprivate(i)
            x = (x * 3 + i) % 5003;
#pragma omp task depend(in : x) depend(out : y)
            y = x % 1000;
#pragma omp task depend(in : y) depend(inout : total)
            total += y;
        }
    }
    printf("%d %d\n", y, total);
    return 0;
}
