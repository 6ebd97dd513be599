// Race-free: the two parts of a partition are disjoint, and the group waits for all tasks.
#include <cstdio>
#include <utility>
#include <vector>
static void sort(int *first, int *last) {
    if (last - first < 2)
        return;
    int pivot = *(first + (last - first) / 2);
    int *i = first, *j = last - 1;
    while (i <= j) {
        while (*i < pivot)
            ++i;
        while (*j > pivot)
            --j;
        if (i <= j)
            std::swap(*i++, *j--);
    }
#pragma omp task
    sort(first, j + 1);
#pragma omp task
    sort(i, last);
}
int main() {
    std::vector<int> v(300);
    long check = 0;
    for (int i = 0; i < 300; i++)
        v[i] = i * 191 % 307;
#pragma omp parallel
#pragma omp single
    {
#pragma omp taskgroup
        sort(v.data(), v.data() + v.size());
        for (std::size_t i = 0; i < v.size(); i++)
            check = check * 5 % 1000003 + v[i];
    }
    std::printf("%d %ld\n", v[0], check);
}
