/* Race-free: each character is changed by one iteration; the key is a copy, the checksum a reduction. */
#include <stdio.h>
enum { N = 260 };
static char text[N + 1];
int main(void) {
    int key = 5, letter;
    unsigned sum = 0;
    for (int i = 0; i < N; i++)
        text[i] = (char)('a' + i * 7 % 26);
#pragma omp parallel firstprivate(key)
    {
        key = key * 3 % 26;
#pragma omp for private(letter) reduction(^ : sum)
        for (int i = 0; i < N; i++) {
            letter = (text[i] - 'a' + key) % 26;
            text[i] = (char)('a' + letter);
            sum ^= (unsigned)(letter << (i % 20));
        }
    }
    printf("%.20s %u\n", text, sum);
    return 0;
}
