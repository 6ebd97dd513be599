// Race-free: the method writes one cell of the image for each iteration, and reduces a local sum.
#include <cstdio>
#include <vector>
class Image {
public:
    Image(int width, int height) : width_(width), height_(height), cells_(width * height) {}
    int fill(int seed) {
        int sum = 0, value = 0;
#pragma omp parallel for private(value) reduction(+ : sum)
        for (int y = 0; y < height_; y++)
            for (int x = 0; x < width_; x++) {
                value = (x * seed + y) % 255;
                cells_[y * width_ + x] = value;
                sum += value;
            }
        return sum;
    }
    int at(int x, int y) const { return cells_[y * width_ + x]; }

private:
    int width_, height_;
    std::vector<int> cells_;
};
int main() {
    Image image(30, 40);
    int sum = image.fill(11);
    std::printf("%d %d\n", sum, image.at(29, 39));
}
