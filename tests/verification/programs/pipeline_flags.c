/* Race-free: stage s of item i is a task that depends on stage s - 1 of i, and on the same stage of i - 1. */
#include <stdio.h>
enum { ITEMS = 12, STAGES = 3 };
static int cell[ITEMS + 1][STAGES + 1];
int main(void) {
    for (int i = 0; i <= ITEMS; i++)
        cell[i][0] = i;
#pragma omp parallel
#pragma omp single
    {
        for (int i = 1; i <= ITEMS; i++)
            for (int s = 1; s <= STAGES; s++) {
#pragma omp task depend(in : cell[i - 1][s]) depend(in : cell[i][s - 1]) depend(out : cell[i][s])
                cell[i][s] = (cell[i - 1][s] * 3 + cell[i][s - 1] + s) % 1013;
            }
#pragma omp taskwait
        printf("%d\n", cell[ITEMS][STAGES]);
    }
    printf("%d\n", cell[ITEMS / 2][2]);
    return 0;
}
