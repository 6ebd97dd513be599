// Race-free: the range-based loop gives each element to one iteration.
#include <cstdio>
#include <vector>
int main() {
    std::vector<int> v(350);
    int total = 0, shift = 0;
    for (int i = 0; i < 350; i++)
        v[i] = i;
#pragma omp parallel for private(shift) reduction(+ : total)
    for (int &each : v) {
        shift = each % 4;
        each = (each << shift) % 1000;
        total += each;
    }
    std::printf("%d %d\n", total, v[349]);
}
