// Race-free: elements are claimed by an atomic capture, and the flags of the claimed ones are written once.
#include <cstdio>
#include <vector>
int main() {
    std::vector<int> owner(100), votes(100);
    int claims = 0;
#pragma omp parallel for schedule(dynamic)
    for (int i = 0; i < 400; i++) {
        int cell = i * 13 % 100, before;
#pragma omp atomic capture
        {
            before = votes[cell];
            votes[cell] += 1;
        }
        if (before == 0) {
            owner[cell] = cell + 1;
#pragma omp atomic
            ++claims;
        }
    }
    long sum = 0;
    for (int c = 0; c < 100; c++)
        sum += owner[c] * votes[c];
    std::printf("%d %ld\n", claims, sum);
}
