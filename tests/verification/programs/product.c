/* Race-free: the product is a reduction over the first elements, and so is the difference. */
#include <stdio.h>
enum { N = 60 };
int main(void) {
    unsigned long product = 1;
    long left = 100000;
#pragma omp parallel for reduction(* : product) reduction(+ : left)
    for (int i = 0; i < N; i++) {
        product *= 2u * i + 1u;
        left -= i;
    }
    printf("%lu %ld\n", product, left);
    return 0;
}
