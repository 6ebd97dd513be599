/* Race-free: the rows are distributed over the teams, and each writes its own; the sum is reduced over all. */
#include <stdio.h>
enum { N = 96 };
static int a[N];
int main(void) {
    int sum = 0, t;
#pragma omp target teams distribute parallel for map(tofrom : a) map(tofrom : sum) reduction(+ : sum) private(t)
    for (int i = 0; i < N; i++) {
        t = i % 7;
        a[i] = t * t;
        sum += t;
    }
    printf("%d %d\n", sum, a[N - 1]);
    return 0;
}
