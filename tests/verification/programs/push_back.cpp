// Race-free: vectors grow under the critical region only.
#include <algorithm>
#include <cstdio>
#include <vector>
int main() {
    std::vector<int> primes;
#pragma omp parallel
    {
        std::vector<int> own;
#pragma omp for nowait schedule(dynamic, 8)
        for (int n = 2; n < 600; n++) {
            bool prime = true;
            for (int d = 2; d * d <= n; d++)
                prime = prime && n % d != 0;
            if (prime)
                own.push_back(n);
        }
#pragma omp critical
        primes.insert(primes.end(), own.begin(), own.end());
    }
    std::sort(primes.begin(), primes.end());
    std::printf("%zu %d %d\n", primes.size(), primes[10], primes.back());
}
