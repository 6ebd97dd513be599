/* Race-free: a call waits for both of its tasks before it reads their results. */
#include <stdio.h>
static int fibonacci(int n) {
    int a, b;
    if (n < 2)
        return n;
#pragma omp task shared(a)
    a = fibonacci(n - 1);
#pragma omp task shared(b)
    b = fibonacci(n - 2);
#pragma omp taskwait
    return a + b;
}
int main(void) {
    int result = 0;
#pragma omp parallel
#pragma omp single
    result = fibonacci(10);
    printf("%d\n", result);
    return 0;
}
