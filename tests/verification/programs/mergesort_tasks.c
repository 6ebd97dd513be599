/* Race-free: the halves are disjoint, and the merge waits for both. */
#include <stdio.h>
#include <string.h>
enum { N = 400 };
static int a[N], spare[N];
static void sort(int *v, int *tmp, int n) {
    if (n < 2)
        return;
    int half = n / 2, i = 0, j = half, k = 0;
#pragma omp task
    sort(v, tmp, half);
#pragma omp task
    sort(v + half, tmp + half, n - half);
#pragma omp taskwait
    while (i < half && j < n)
        tmp[k++] = v[i] <= v[j] ? v[i++] : v[j++];
    while (i < half)
        tmp[k++] = v[i++];
    while (j < n)
        tmp[k++] = v[j++];
    memcpy(v, tmp, sizeof *v * (size_t)n);
}
int main(void) {
    for (int i = 0; i < N; i++)
        a[i] = (i * 7919) % 1009;
#pragma omp parallel
#pragma omp single
    sort(a, spare, N);
    int sorted = 1;
    for (int i = 1; i < N; i++)
        sorted = sorted && a[i - 1] <= a[i];
    printf("%d %d %d\n", sorted, a[0], a[N / 2]);
    return 0;
}
