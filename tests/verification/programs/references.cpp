// Race-free: the function changes only what it is given, and every iteration gives it other elements.
#include <cstdio>
#include <utility>
#include <vector>
static void order(int &a, int &b) {
    if (a > b)
        std::swap(a, b);
}
int main() {
    std::vector<int> low(200), high(200);
    int gap = 0, widest = 0;
    for (int i = 0; i < 200; i++) {
        low[i] = i * 17 % 101;
        high[i] = i * 31 % 97;
    }
#pragma omp parallel
    {
#pragma omp for schedule(static) nowait
        for (int i = 0; i < 200; i++)
            order(low[i], high[i]);
#pragma omp for schedule(static) private(gap) reduction(max : widest)
        for (int i = 0; i < 200; i++) {
            gap = high[i] - low[i];
            widest = gap > widest ? gap : widest;
        }
    }
    std::printf("%d %d %d\n", widest, low[50], high[50]);
}
