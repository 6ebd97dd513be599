// Race-free: each iteration writes one element of the result; the vectors do not change their size.
#include <cstdio>
#include <vector>
int main() {
    const int n = 400;
    std::vector<double> x(n), y(n, 1.0);
    double t = 0, norm = 0;
    for (int i = 0; i < n; i++)
        x[i] = 0.25 * i;
#pragma omp parallel for private(t) reduction(+ : norm)
    for (int i = 0; i < n; i++) {
        t = 3 * x[i] + y[i];
        y[i] = t;
        norm += t * t;
    }
    std::printf("%.9g %.9g\n", norm, y[n - 1]);
}
