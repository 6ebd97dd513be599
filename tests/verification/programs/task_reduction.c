/* Race-free: the tasks take part in the reduction of the group around them. */
#include <stdio.h>
enum { N = 80 };
int main(void) {
    long sum = 5;
#pragma omp parallel
#pragma omp single
    {
#pragma omp taskgroup task_reduction(+ : sum)
        for (int i = 0; i < N; i++) {
#pragma omp task in_reduction(+ : sum) firstprivate(i)
            for (int k = 0; k < 10; k++)
                sum += i * k;
        }
    }
    printf("%ld\n", sum);
    return 0;
}
