/* Race-free: a task has its own copy of the pointer, and no two tasks the same node. */
#include <stdio.h>
#include <stdlib.h>
struct node {
    int value;
    struct node *next;
};
int main(void) {
    struct node *head = NULL;
    for (int i = 0; i < 100; i++) {
        struct node *fresh = malloc(sizeof *fresh);
        if (!fresh)
            return 1;
        fresh->value = i;
        fresh->next = head;
        head = fresh;
    }
    struct node *p;
#pragma omp parallel private(p)
    {
#pragma omp single
        for (p = head; p; p = p->next) {
#pragma omp task firstprivate(p)
            p->value = p->value * p->value + 1;
        }
    }
    long sum = 0;
    while (head) {
        struct node *gone = head;
        sum += head->value;
        head = head->next;
        free(gone);
    }
    printf("%ld\n", sum);
    return 0;
}
