/* Race-free: iteration i reads what i - 1 wrote, after it has posted. */
#include <stdio.h>
enum { N = 150 };
static long a[N];
int main(void) {
    a[0] = 3;
#pragma omp parallel for ordered(1) schedule(static, 1)
    for (int i = 1; i < N; i++) {
        long work = (i * 17) % 11;
#pragma omp ordered depend(sink : i - 1)
        a[i] = (a[i - 1] * 3 + work) % 10007;
#pragma omp ordered depend(source)
    }
    printf("%ld %ld\n", a[N / 2], a[N - 1]);
    return 0;
}
