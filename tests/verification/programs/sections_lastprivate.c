/* Race-free: step is private to a section, and the value of the last one is kept. */
#include <stdio.h>
static int left[100], right[100];
int main(void) {
    int step = 0;
#pragma omp parallel sections lastprivate(step)
    {
#pragma omp section
        for (step = 0; step < 100; step++)
            left[step] = step * 2;
#pragma omp section
        for (step = 0; step < 90; step++)
            right[step] = step * 3;
    }
    printf("%d %d %d\n", step, left[99], right[89]);
    return 0;
}
