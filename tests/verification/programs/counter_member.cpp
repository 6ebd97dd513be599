// Race-free: the members are raised by an atomic and under a critical region.
#include <cstdio>
struct Counter {
    long even = 0, odd = 0;
    void see(int i) {
        if (i % 2 == 0) {
#pragma omp atomic
            even += i;
        } else {
#pragma omp critical(odd)
            odd = odd + i;
        }
    }
};
int main() {
    Counter counter;
#pragma omp parallel for
    for (int i = 0; i < 500; i++)
        counter.see(i);
    std::printf("%ld %ld\n", counter.even, counter.odd);
}
