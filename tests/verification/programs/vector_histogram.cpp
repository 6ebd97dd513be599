// Race-free: the counts are reached through a pointer into the vector, as an array section that is reduced.
#include <cstdio>
#include <vector>
int main() {
    const int bins = 12;
    std::vector<int> key(900);
    std::vector<long> count(bins);
    for (std::size_t i = 0; i < key.size(); i++)
        key[i] = static_cast<int>(i * i % bins);
    long *counts = count.data();
#pragma omp parallel for reduction(+ : counts[:bins])
    for (std::size_t i = 0; i < key.size(); i++)
        counts[key[i]] += static_cast<long>(i);
    for (long each : count)
        std::printf("%ld ", each);
    std::printf("\n");
}
