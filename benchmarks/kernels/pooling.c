/* Max pooling by windows of 2 by 2 over c channels of h by w; h and w are even. `from` says which element it was. */

void pooling(int c, int h, int w, const float *in, float *out, int *from) {
  for (int z = 0; z < c; z++) /* channels */
    for (int y = 0; y < h / 2; y++) /* rows */
      for (int x = 0; x < w / 2; x++) { /* columns */
        int best = (z * h + 2 * y) * w + 2 * x;
        for (int dy = 0; dy < 2; dy++) /* window rows */
          for (int dx = 0; dx < 2; dx++) { /* window columns */
            int at = (z * h + 2 * y + dy) * w + 2 * x + dx;
            if (in[at] > in[best]) best = at;
          }
        out[(z * (h / 2) + y) * (w / 2) + x] = in[best];
        from[(z * (h / 2) + y) * (w / 2) + x] = best;
      }
}
