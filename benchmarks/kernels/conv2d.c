/* Convolution of an image of h by w with a kernel of k by k (odd); what lies outside counts as 0. */

void conv2d(int h, int w, int k, const float *in, const float *kernel, float *out) {
  int r = k / 2;
  for (int y = 0; y < h; y++) /* rows */
    for (int x = 0; x < w; x++) { /* columns */
      float sum = 0;
      for (int dy = -r; dy <= r; dy++) /* kernel rows */
        for (int dx = -r; dx <= r; dx++) { /* kernel columns */
          int sy = y + dy, sx = x + dx;
          if (sy >= 0 && sy < h && sx >= 0 && sx < w) sum += in[sy * w + sx] * kernel[(dy + r) * k + dx + r];
        }
      out[y * w + x] = sum;
    }
}
