/* C = A * B for row-major matrices of n by k and k by m. */

void matmul(int n, int m, int k, const double *a, const double *b, double *c) {
  for (int i = 0; i < n; i++) /* rows */
    for (int j = 0; j < m; j++) { /* columns */
      double sum = 0;
      for (int p = 0; p < k; p++) /* products */
        sum += a[i * k + p] * b[p * m + j];
      c[i * m + j] = sum;
    }
}
