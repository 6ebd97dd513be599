/* Race-free: balance and moves are only changed under the critical region of their name. */
#include <stdio.h>
enum { N = 600 };
int main(void) {
    long balance = 1000;
    int moves = 0, refused = 0;
#pragma omp parallel for schedule(static, 3)
    for (int i = 0; i < N; i++) {
        int amount = i % 7 - 3;
#pragma omp critical(account)
        {
            balance += amount;
            moves++;
        }
        if (amount == 0) {
#pragma omp critical(refusals)
            refused++;
        }
    }
    printf("%ld %d %d\n", balance, moves, refused);
    return 0;
}
