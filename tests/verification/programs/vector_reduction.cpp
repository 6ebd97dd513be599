// Race-free: the vectors of the threads are added by the declared reduction.
#include <cstdio>
#include <vector>
static void add(std::vector<int> &to, const std::vector<int> &from) {
    for (std::size_t i = 0; i < to.size(); i++)
        to[i] += from[i];
}
#pragma omp declare reduction(sum : std::vector<int> : add(omp_out, omp_in)) \
    initializer(omp_priv = std::vector<int>(omp_orig.size()))
int main() {
    std::vector<int> digits(10);
#pragma omp parallel for reduction(sum : digits)
    for (int i = 0; i < 800; i++)
        digits[i * 7 % 10] += i % 3 + 1;
    for (int each : digits)
        std::printf("%d ", each);
    std::printf("\n");
}
