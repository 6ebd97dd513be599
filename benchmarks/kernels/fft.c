/* Fast Fourier transform, iterative, radix 2, in place: n is a power of two. */
#include <math.h>

/* Elements in the order in which the stages want them: index bits reversed. Each pair is swapped once. */
void bit_reverse(int n, double *re, double *im) {
  int bits = 0;
  while ((1 << bits) < n) /* bits */
    bits++;
  for (int i = 0; i < n; i++) { /* swap */
    int j = 0;
    for (int b = 0; b < bits; b++) /* reverse */
      if (i & (1 << b)) j |= 1 << (bits - 1 - b);
    if (i < j) {
      double t = re[i];
      re[i] = re[j];
      re[j] = t;
      t = im[i];
      im[i] = im[j];
      im[j] = t;
    }
  }
}

void fft(int n, double *re, double *im) {
  bit_reverse(n, re, im);
  for (int half = 1; half < n; half *= 2) { /* stages */
    double angle = -3.14159265358979323846 / half;
    for (int start = 0; start < n; start += 2 * half) /* blocks */
      for (int k = 0; k < half; k++) { /* butterflies */
        double c = cos(angle * k), s = sin(angle * k);
        int even = start + k, odd = start + k + half;
        double x = re[odd] * c - im[odd] * s, y = re[odd] * s + im[odd] * c;
        re[odd] = re[even] - x;
        im[odd] = im[even] - y;
        re[even] += x;
        im[even] += y;
      }
  }
}
