// Race-free: one thread sizes the vector; the implicit barrier lets the others wait until it has its elements.
#include <cstdio>
#include <vector>
int main() {
    std::vector<int> table, out(260);
    long sum = 0;
#pragma omp parallel
    {
#pragma omp single
        {
            table.resize(64);
            for (int i = 0; i < 64; i++)
                table[i] = i * i % 47;
        }
#pragma omp for
        for (int i = 0; i < 260; i++)
            out[i] = table[i % 64] + i;
#pragma omp for reduction(+ : sum)
        for (int i = 0; i < 260; i++)
            sum += out[259 - i] * (i % 5);
    }
    std::printf("%ld\n", sum);
}
