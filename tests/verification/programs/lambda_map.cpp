// Race-free: the lambda reads what it captures, and each iteration writes its own element.
#include <array>
#include <cstdio>
int main() {
    std::array<int, 300> a{};
    int factor = 6, t = 0, largest = 0;
    auto scaled = [&factor](int value) { return value * factor % 31; };
#pragma omp parallel for private(t) reduction(max : largest)
    for (int i = 0; i < 300; i++) {
        t = scaled(i);
        a[i] = t + scaled(t);
        if (a[i] > largest)
            largest = a[i];
    }
    long sum = 0;
    for (int each : a)
        sum = sum * 3 % 100003 + each;
    std::printf("%ld %d\n", sum, largest);
}
