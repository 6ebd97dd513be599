/* PageRank by pulling: in_row and source hold, for each node, where its incoming edges come from. */
#include <math.h>

double pagerank_step(int n, const int *in_row, const int *source, const int *out_degree, const double *rank,
                     double *contribution, double *next) {
  const double damping = 0.85;
  double change = 0;
  for (int v = 0; v < n; v++) /* contributions */
    contribution[v] = out_degree[v] ? rank[v] / out_degree[v] : 0;
  for (int v = 0; v < n; v++) { /* pull */
    double sum = 0;
    for (int e = in_row[v]; e < in_row[v + 1]; e++) /* incoming */
      sum += contribution[source[e]];
    next[v] = (1 - damping) / n + damping * sum;
    change += fabs(next[v] - rank[v]);
  }
  return change;
}

/* Steps until the ranks change by less than `tolerance` in all; returns how many it took. */
int pagerank(int n, const int *in_row, const int *source, const int *out_degree, double *rank, double *contribution,
             double *next, double tolerance, int most) {
  for (int v = 0; v < n; v++) /* start */
    rank[v] = 1.0 / n;
  for (int step = 1; step <= most; step++) { /* steps */
    double change = pagerank_step(n, in_row, source, out_degree, rank, contribution, next);
    for (int v = 0; v < n; v++) /* copy */
      rank[v] = next[v];
    if (change < tolerance) return step;
  }
  return most;
}
