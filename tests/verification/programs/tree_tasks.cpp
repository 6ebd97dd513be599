// Race-free: a node is visited by one task; both subtrees are waited for before their sums are read.
#include <cstdio>
#include <memory>
struct Node {
    long value = 0;
    std::unique_ptr<Node> left, right;
};
static std::unique_ptr<Node> grow(int depth, long value) {
    auto node = std::make_unique<Node>();
    node->value = value;
    if (depth > 0) {
        node->left = grow(depth - 1, value * 2 % 101);
        node->right = grow(depth - 1, value * 3 % 103);
    }
    return node;
}
static long sum(Node *node) {
    if (!node)
        return 0;
    long left = 0, right = 0;
#pragma omp task shared(left) firstprivate(node)
    left = sum(node->left.get());
#pragma omp task shared(right) firstprivate(node)
    right = sum(node->right.get());
#pragma omp taskwait
    return left + right + node->value;
}
int main() {
    auto root = grow(5, 7);
    long total = 0;
#pragma omp parallel
    {
#pragma omp single
        total = sum(root.get());
    }
    std::printf("%ld\n", total);
}
