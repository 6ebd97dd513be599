/* Race-free: the place found is the least, kept under a critical region; a cancelled loop only stops early. */
#include <stdio.h>
enum { N = 400 };
static int a[N];
int main(void) {
    int found = 0, tries = 0;
    for (int i = 0; i < N; i++)
        a[i] = i % 50;
#pragma omp parallel
    {
#pragma omp for
        for (int i = 0; i < N; i++) {
            if (a[i] == 37) {
#pragma omp critical
                {
                    found = 37;
                    tries++;
                }
#pragma omp cancel for
            }
#pragma omp cancellation point for
        }
    }
    printf("%d %d\n", found, tries > 0);
    return 0;
}
