/* Race-free: the ticket, the flag and the copy of the total are each touched by atomic operations only. */
#include <stdio.h>
enum { N = 400 };
static int order[N];
int main(void) {
    int ticket = 0, flag = 0, seen = 0, total = 0;
#pragma omp parallel for reduction(+ : seen)
    for (int i = 0; i < N; i++) {
        int mine, raised;
#pragma omp atomic capture
        mine = ticket++;
        order[mine] = 1;
#pragma omp atomic write
        flag = 1;
#pragma omp atomic read
        raised = flag;
        seen += raised;
#pragma omp atomic update
        total += i;
    }
    int filled = 0;
    for (int i = 0; i < N; i++)
        filled += order[i];
    printf("%d %d %d %d %d\n", ticket, flag, seen, total, filled);
    return 0;
}
