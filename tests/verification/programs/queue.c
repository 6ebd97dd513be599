/* Race-free: the queue's head and tail change inside one critical region only; results are separate elements. */
#include <stdio.h>
enum { N = 200 };
static int queue[2 * N], square[N];
int main(void) {
    int head = 0, tail = 0;
    for (int i = 0; i < N; i++)
        queue[tail++] = (i * 7) % N;
#pragma omp parallel
    {
        int job;
        do {
            job = -1;
#pragma omp critical(queue)
            if (head < tail)
                job = queue[head++];
            if (job >= 0)
                square[job] = job * job % 37;
        } while (job >= 0);
    }
    long sum = 0;
    for (int i = 0; i < N; i++)
        sum += square[i] * (i % 7L);
    printf("%ld %d %d\n", sum, head, tail);
    return 0;
}
