/* One head of attention: queries, keys and values are rows of d numbers; scores is room for n by n. */
#include <math.h>

void attention(int n, int d, const float *q, const float *k, const float *v, float *scores, float *out) {
  float scale = 1.0f / sqrtf((float)d);
  for (int i = 0; i < n; i++) { /* queries */
    float *row = scores + (long)i * n;
    float most = -1e30f, total = 0;
    for (int j = 0; j < n; j++) { /* keys */
      float dot = 0;
      for (int c = 0; c < d; c++) /* products */
        dot += q[i * d + c] * k[j * d + c];
      row[j] = dot * scale;
      if (row[j] > most) most = row[j];
    }
    for (int j = 0; j < n; j++) { /* softmax */
      row[j] = expf(row[j] - most);
      total += row[j];
    }
    for (int c = 0; c < d; c++) { /* channels */
      float sum = 0;
      for (int j = 0; j < n; j++) /* values */
        sum += row[j] * v[j * d + c];
      out[i * d + c] = sum / total;
    }
  }
}
