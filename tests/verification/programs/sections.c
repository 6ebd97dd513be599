/* Race-free: each section has variables of its own; the sum of their results is taken after all have ended. */
#include <stdio.h>
enum { N = 300 };
static int a[N];
int main(void) {
    int i, total = 0, least = 1000, calls = 0, grand = 0;
    for (i = 0; i < N; i++)
        a[i] = (i * 37) % 211 + 4;
#pragma omp parallel
    {
#pragma omp sections private(i) reduction(+ : calls)
        {
#pragma omp section
            {
                calls++;
                for (i = 0; i < N; i++)
                    total += a[i];
            }
#pragma omp section
            {
                calls++;
                for (i = 0; i < N; i++)
                    if (a[i] < least)
                        least = a[i];
            }
        }
#pragma omp single
        grand = total + least;
    }
    printf("%d %d %d %d\n", total, least, calls, grand);
    return 0;
}
