/* Race-free: the inner teams sum the elements of one row each; rows belong to one outer thread. */
#include <omp.h>
#include <stdio.h>
enum { ROWS = 6, N = 200 };
static int a[ROWS][N];
static long row_sum[ROWS];
int main(void) {
    omp_set_max_active_levels(2);
    long grand = 0;
#pragma omp parallel for num_threads(2) reduction(+ : grand)
    for (int r = 0; r < ROWS; r++) {
        long sum = 0;
#pragma omp parallel for num_threads(2) reduction(+ : sum)
        for (int i = 0; i < N; i++) {
            a[r][i] = r * i % 13;
            sum += a[r][i];
        }
        row_sum[r] = sum;
        grand += sum;
    }
    printf("%ld %ld %ld\n", grand, row_sum[1], row_sum[ROWS - 1]);
    return 0;
}
