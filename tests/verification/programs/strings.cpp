// Race-free: each iteration writes its own string; lengths are reduced, the longest is kept under a critical region.
#include <cstdio>
#include <string>
#include <vector>
int main() {
    std::vector<std::string> words(120);
    std::string longest;
    std::size_t letters = 0;
#pragma omp parallel for reduction(+ : letters)
    for (int i = 0; i < 120; i++) {
        std::string word;
        for (int k = i; k > 0; k /= 3)
            word += static_cast<char>('a' + k % 26);
        letters += word.size();
        words[i] = word;
#pragma omp critical
        if (word.size() > longest.size() || (word.size() == longest.size() && word > longest))
            longest = word;
    }
    std::printf("%zu %s %s\n", letters, longest.c_str(), words[77].c_str());
}
