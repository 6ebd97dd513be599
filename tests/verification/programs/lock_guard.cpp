// Race-free: the guard holds the lock for as long as the map of counts is changed.
#include <cstdio>
#include <map>
#include <omp.h>
class Guard {
public:
    explicit Guard(omp_lock_t &lock) : lock_(lock) { omp_set_lock(&lock_); }
    ~Guard() { omp_unset_lock(&lock_); }

private:
    omp_lock_t &lock_;
};
int main() {
    std::map<int, int> count;
    omp_lock_t lock;
    omp_init_lock(&lock);
#pragma omp parallel for
    for (int i = 0; i < 200; i++) {
        int key = i * i % 9;
        Guard guard(lock);
        ++count[key];
    }
    omp_destroy_lock(&lock);
    for (auto &[key, times] : count)
        std::printf("%d:%d ", key, times);
    std::printf("\n");
}
