// Race-free: the tasks of the loop have rows of their own; the group ends before the trace is taken.
#include <cstdio>
#include <vector>
int main() {
    const int n = 40;
    std::vector<std::vector<int>> m(n, std::vector<int>(n));
    int weight = 3, trace = 0;
#pragma omp parallel
#pragma omp single
    {
#pragma omp taskloop num_tasks(8) firstprivate(weight)
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++)
                m[i][j] = (i * weight + j) % 17;
        for (int i = 0; i < n; i++)
            trace += m[i][i] * m[i][n - 1 - i];
    }
    std::printf("%d\n", trace);
}
