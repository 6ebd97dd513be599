// Race-free: the random access iterators of different iterations stand for different elements.
#include <cstdio>
#include <vector>
int main() {
    std::vector<double> v(256, 1.5);
    double sum = 0, root = 0;
    for (std::size_t i = 0; i < v.size(); i++)
        v[i] += static_cast<double>(i);
#pragma omp parallel for reduction(+ : sum) private(root)
    for (auto it = v.begin(); it < v.end(); ++it) {
        root = *it * 0.5;
        *it = root * root;
        sum += root;
    }
    std::printf("%.9g %.9g\n", sum, v[255]);
}
