/* Race-free: bound keeps the value of the last iteration; the simd lanes write different elements. */
#include <stdio.h>
enum { N = 300 };
static int a[N];
int main(void) {
    int bound = 0, sum = 0;
#pragma omp simd lastprivate(bound) reduction(+ : sum)
    for (int i = 0; i < N; i++) {
        bound = i / 2 + 3;
        a[i] = bound * 2;
        sum += bound;
    }
    printf("%d %d %d\n", bound, sum, a[N - 1]);
    return 0;
}
