/* Race-free: the running hash is changed inside the ordered region, in the order of the iterations. */
#include <stdio.h>
enum { N = 200 };
int main(void) {
    unsigned hash = 5381;
#pragma omp parallel for ordered schedule(dynamic)
    for (int i = 0; i < N; i++) {
        unsigned value = (unsigned)i * 37u % 101u;
#pragma omp ordered
        hash = hash * 33u + value;
    }
    printf("%u\n", hash);
    return 0;
}
