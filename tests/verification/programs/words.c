/* Race-free: letters are counted in a reduced array, words and vowels in reductions; c is private. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
int main(void) {
    static char text[2000];
    static const char phrase[] = "the quick brown fox jumps over a lazy dog and runs ";
    int letters[26] = {0}, words = 0, vowels = 0;
    unsigned char c;
    for (size_t at = 0; at + sizeof phrase < sizeof text; at += sizeof phrase - 1)
        memcpy(text + at, phrase, sizeof phrase);
    int n = (int)strlen(text);
#pragma omp parallel for private(c) reduction(+ : letters, words, vowels) firstprivate(n)
    for (int i = 0; i < n; i++) {
        c = (unsigned char)text[i];
        if (isalpha(c)) {
            letters[tolower(c) - 'a']++;
            if (strchr("aeiou", c))
                vowels++;
            if (i + 1 == n || text[i + 1] == ' ')
                words++;
        }
    }
    printf("%d %d %d %d\n", words, vowels, letters['o' - 'a'], letters[25]);
    return 0;
}
