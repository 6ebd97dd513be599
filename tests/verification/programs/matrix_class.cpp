// Race-free: a row of the product belongs to one iteration; the row buffer is a copy for each thread.
#include <cstdio>
#include <vector>
struct Matrix {
    int n;
    std::vector<double> cells;
    explicit Matrix(int size) : n(size), cells(size * size) {}
    double &operator()(int i, int j) { return cells[i * n + j]; }
    double operator()(int i, int j) const { return cells[i * n + j]; }
};
int main() {
    const int n = 24;
    Matrix a(n), b(n), c(n);
    std::vector<double> row(n);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            a(i, j) = i % 5 - j;
            b(i, j) = 0.5 * (i + j);
        }
#pragma omp parallel for firstprivate(row)
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
            row[j] = 0;
            for (int k = 0; k < n; k++)
                row[j] += a(i, k) * b(k, j);
        }
        for (int j = 0; j < n; j++)
            c(i, j) = row[j];
    }
    std::printf("%.9g %.9g\n", c(2, 3), c(n - 1, n - 1));
}
