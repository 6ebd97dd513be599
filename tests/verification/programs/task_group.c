/* Race-free: the group ends when the tasks and the tasks that those made have ended. */
#include <stdio.h>
enum { N = 64 };
static int leaf[2 * N];
int main(void) {
    int sum = 0;
#pragma omp parallel
#pragma omp single
    {
#pragma omp taskgroup
        {
            for (int i = 0; i < N; i++) {
#pragma omp task firstprivate(i)
                {
#pragma omp task firstprivate(i)
                    leaf[2 * i + 1] = i + 100;
                    leaf[2 * i] = i;
                }
            }
        }
        for (int i = 0; i < 2 * N; i++)
            sum += leaf[i];
    }
    printf("%d\n", sum);
    return 0;
}
