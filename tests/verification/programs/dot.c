/* Race-free: the two sums are reductions, the product is private to an iteration. */
#include <stdio.h>
enum { N = 1000 };
static int a[N], b[N];
int main(void) {
    long sum = 0, odd = 0, product;
    for (int i = 0; i < N; i++) {
        a[i] = i % 17;
        b[i] = i % 23 - 5;
    }
#pragma omp parallel for reduction(+ : sum, odd) private(product)
    for (int i = 0; i < N; i++) {
        product = a[i] * b[i];
        sum += product;
        if (product & 1)
            odd += 1;
    }
    printf("%ld %ld\n", sum, odd);
    return 0;
}
