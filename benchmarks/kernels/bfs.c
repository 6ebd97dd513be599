/* Breadth-first search, level by level, on a graph of n nodes in compressed rows. */

/* Writes each node's distance from `source` to `level`, -1 where it cannot be reached; returns the number of levels. */
int bfs(int n, const int *row, const int *column, int source, int *level) {
  for (int v = 0; v < n; v++) /* reset */
    level[v] = -1;
  level[source] = 0;
  int depth = 0, grown = 1;
  while (grown) { /* levels */
    grown = 0;
    for (int v = 0; v < n; v++) { /* frontier */
      if (level[v] != depth) continue;
      for (int e = row[v]; e < row[v + 1]; e++) { /* edges */
        int w = column[e];
        if (level[w] < 0) {
          level[w] = depth + 1;
          grown = 1;
        }
      }
    }
    depth++;
  }
  return depth;
}
