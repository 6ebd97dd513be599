/* Race-free: the declared reduction merges the partial results. */
#include <stdio.h>
enum { N = 700 };
struct stats {
    int least, most;
    long sum;
};
static struct stats merged(struct stats a, struct stats b) {
    struct stats c = {a.least < b.least ? a.least : b.least, a.most > b.most ? a.most : b.most, a.sum + b.sum};
    return c;
}
#pragma omp declare reduction(merge : struct stats : omp_out = merged(omp_out, omp_in)) \
    initializer(omp_priv = (struct stats){1 << 30, -1, 0})
int main(void) {
    struct stats all = {1 << 30, -1, 0};
#pragma omp parallel for reduction(merge : all)
    for (int i = 0; i < N; i++) {
        int value = (i * 97) % 509;
        struct stats one = {value, value, value};
        all = merged(all, one);
    }
    printf("%d %d %ld\n", all.least, all.most, all.sum);
    return 0;
}
