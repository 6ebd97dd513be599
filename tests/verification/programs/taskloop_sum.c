/* Race-free: the tasks of the loop write different elements; the implicit group ends before they are summed. */
#include <stdio.h>
enum { N = 500 };
static int a[N];
int main(void) {
    int sum = 0, t = 0, most = 0;
#pragma omp parallel
#pragma omp single
    {
#pragma omp taskloop grainsize(20) private(t)
        for (int i = 0; i < N; i++) {
            t = i % 19;
            a[i] = t * t;
        }
#pragma omp taskloop num_tasks(10) reduction(+ : sum) reduction(max : most)
        for (int i = 0; i < N; i++) {
            sum += a[i];
            most = a[i] > most ? a[i] : most;
        }
    }
    printf("%d %d\n", sum, most);
    return 0;
}
