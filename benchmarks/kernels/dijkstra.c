/* Shortest paths from one node, on a dense graph: weight is n by n, negative where there is no edge. */

void dijkstra(int n, const double *weight, int source, double *distance, int *done) {
  for (int v = 0; v < n; v++) { /* reset */
    distance[v] = 1e300;
    done[v] = 0;
  }
  distance[source] = 0;
  for (int round = 0; round < n; round++) { /* rounds */
    int nearest = -1;
    double least = 1e300;
    for (int v = 0; v < n; v++) /* nearest */
      if (!done[v] && distance[v] < least) {
        least = distance[v];
        nearest = v;
      }
    if (nearest < 0) return;
    done[nearest] = 1;
    for (int v = 0; v < n; v++) { /* relax */
      double w = weight[nearest * n + v];
      if (w >= 0 && !done[v] && least + w < distance[v]) distance[v] = least + w;
    }
  }
}
