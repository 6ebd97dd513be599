/* y = A * x for a matrix in compressed rows. */

void spmv(int n, const int *row, const int *column, const double *value, const double *x, double *y) {
  for (int i = 0; i < n; i++) { /* rows */
    double sum = 0;
    for (int e = row[i]; e < row[i + 1]; e++) /* entries */
      sum += value[e] * x[column[e]];
    y[i] = sum;
  }
}
