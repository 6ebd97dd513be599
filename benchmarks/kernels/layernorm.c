/* Layer normalisation of n rows of d numbers. */
#include <math.h>

void layernorm(int n, int d, const float *x, const float *gain, const float *bias, float *y) {
  for (int i = 0; i < n; i++) { /* rows */
    float mean = 0, variance = 0;
    for (int j = 0; j < d; j++) /* mean */
      mean += x[i * d + j];
    mean /= d;
    for (int j = 0; j < d; j++) { /* variance */
      float centred = x[i * d + j] - mean;
      variance += centred * centred;
    }
    float scale = 1.0f / sqrtf(variance / d + 1e-5f);
    for (int j = 0; j < d; j++) /* normalise */
      y[i * d + j] = (x[i * d + j] - mean) * scale * gain[j] + bias[j];
  }
}
