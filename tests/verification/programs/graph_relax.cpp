// Race-free: a round reads the old distances and writes the new ones; whether anything changed is reduced.
#include <algorithm>
#include <cstdio>
#include <vector>
int main() {
    const int n = 90;
    std::vector<int> from(n, 100000), to(n);
    from[0] = 0;
    bool changed = true;
    int rounds = 0;
    while (changed && rounds < 2 * n) {
        changed = false;
        rounds++;
#pragma omp parallel for reduction(|| : changed)
        for (int v = 0; v < n; v++) {
            int least = from[v];
            for (int k = 1; k < 4; k++)
                least = std::min(least, from[(v + n - k * k) % n] + k + v % 3);
            to[v] = least;
            changed = changed || least != from[v];
        }
        std::swap(from, to);
    }
    long sum = 0;
    for (int each : from)
        sum += each;
    std::printf("%ld %d\n", sum, rounds);
}
