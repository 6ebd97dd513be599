/* Race-free: each thread fills its own place, the barrier ends the filling, then every thread reads all places. */
#include <omp.h>
#include <stdio.h>
enum { MOST = 64 };
static int part[MOST], whole[MOST];
int main(void) {
    int threads = 0;
#pragma omp parallel
    {
        int me = omp_get_thread_num(), sum = 0;
#pragma omp single nowait
        threads = omp_get_num_threads();
        part[me] = me * me + 1;
#pragma omp barrier
        for (int i = 0; i < threads; i++)
            sum += part[i];
#pragma omp barrier
        part[me] = 0;
        whole[me] = sum;
    }
    int same = 1;
    for (int i = 1; i < threads; i++)
        same = same && whole[i] == whole[0];
    printf("%d %d\n", same, whole[0] > 0);
    return 0;
}
