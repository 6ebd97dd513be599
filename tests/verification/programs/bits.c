/* Race-free: five reductions, one by each bitwise and logical operator. */
#include <stdio.h>
enum { N = 640 };
static unsigned a[N];
int main(void) {
    unsigned all = ~0u, any = 0, parity = 0;
    int every = 1, some = 0;
    for (int i = 0; i < N; i++)
        a[i] = (unsigned)(i * 2654435761u) | 8u;
#pragma omp parallel for reduction(& : all) reduction(| : any) reduction(^ : parity) \
    reduction(&& : every) reduction(|| : some)
    for (int i = 0; i < N; i++) {
        all &= a[i];
        any |= a[i];
        parity ^= a[i];
        every = every && (a[i] & 8u);
        some = some || a[i] == 12u;
    }
    printf("%x %x %x %d %d\n", all, any, parity, every, some);
    return 0;
}
