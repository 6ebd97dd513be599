// Race-free: the master thread changes the step size between two barriers; the others read it after the second.
#include <cstdio>
#include <vector>
int main() {
    std::vector<double> u(180, 1.0);
    double step = 1.0;
#pragma omp parallel
    for (int s = 0; s < 5; s++) {
#pragma omp for
        for (int i = 0; i < 180; i++)
            u[i] += step * (i % 6);
#pragma omp master
        step *= 0.5;
#pragma omp barrier
    }
    double sum = 0;
    for (double each : u)
        sum += each;
    std::printf("%.9g %.9g\n", sum, u[5]);
}
