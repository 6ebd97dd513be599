/* Race-free: least and greatest are reductions; everything else is read. */
#include <stdio.h>
enum { N = 800 };
static int a[N];
int main(void) {
    int least = 1 << 30, greatest = -(1 << 30);
    for (int i = 0; i < N; i++)
        a[i] = (i * 7919) % 10007;
#pragma omp parallel
    {
#pragma omp for reduction(min : least) reduction(max : greatest)
        for (int i = 0; i < N; i++) {
            if (a[i] < least)
                least = a[i];
            greatest = a[i] > greatest ? a[i] : greatest;
        }
    }
    printf("%d %d\n", least, greatest);
    return 0;
}
