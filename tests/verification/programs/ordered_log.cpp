// Race-free: lines are appended inside the ordered region, one iteration after the other.
#include <cstdio>
#include <string>
int main() {
    std::string log;
    int even = 0;
#pragma omp parallel for ordered schedule(static, 2) lastprivate(even)
    for (int i = 0; i < 60; i++) {
        even = i & ~1;
        std::string line = std::to_string(even * i % 13);
#pragma omp ordered
        log += line + ",";
    }
    std::printf("%s %d\n", log.c_str(), even);
}
