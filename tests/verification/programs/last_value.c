/* Race-free: root and position are private, and their values in the last iteration are what is read after the loop. */
#include <math.h>
#include <stdio.h>
enum { N = 300 };
static double a[N];
int main(void) {
    double root = 0;
    int position = -1;
#pragma omp parallel for lastprivate(root, position)
    for (int i = 0; i < N; i++) {
        root = sqrt(i + 1.0);
        position = 2 * i;
        a[i] = root * position;
    }
    printf("%.9f %d %.9f\n", root, position, a[N / 2]);
    return 0;
}
