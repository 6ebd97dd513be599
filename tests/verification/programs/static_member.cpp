// Race-free: the static member is threadprivate, and what the threads counted is added up by a reduction.
#include <cstdio>
struct Meter {
    static int ticks;
#pragma omp threadprivate(ticks)
    static void tick(int i) { ticks += i % 4; }
};
int Meter::ticks = 0;
int main() {
    int all = 0;
#pragma omp parallel reduction(+ : all)
    {
#pragma omp for
        for (int i = 0; i < 400; i++)
            Meter::tick(i);
        all += Meter::ticks;
    }
    std::printf("%d\n", all);
}
