/* Loops of which it is known what each needs; see unsafe_plans.py. Every result is printed. */
#include <stdio.h>

enum { N = 600 };
static double x[N], y[N], z[N];
static int twice[N], order[N];

static void scale(int n) {
  double t;
  for (int i = 0; i < n; i++) {
    t = 0.5 * x[i];
    y[i] = t * t + t;
  }
}

static double dot(int n) {
  double s = 0;
  for (int i = 0; i < n; i++)
    s += x[i] * y[i];
  return s;
}

static double largest(int n) {
  double m = x[0];
  for (int i = 0; i < n; i++)
    if (y[i] > m)
      m = y[i];
  return m;
}

static double last(int n) {
  double t = 0;
  for (int i = 0; i < n; i++) {
    t = 3 * x[i];
    z[i] = t;
  }
  return t;
}

static double product(int n) {
  double p = 1, t;
  for (int i = 0; i < n; i++) {
    t = 1 + 1e-4 * x[i];
    p *= t;
  }
  return p;
}

static void prefix(int n) {
  for (int i = 1; i < n; i++)
    z[i] = z[i] + 0.5 * z[i - 1];
}

static double carried(int n) {
  double t = 0, sum = 0;
  for (int i = 0; i < n; i++) {
    sum += t;
    y[i] = sum;
    t = x[i];
  }
  return sum;
}

static void scatter(int n) {
  for (int i = 0; i < n; i++)
    y[twice[i]] = x[i];
}

static void permute(int n) {
  for (int i = 0; i < n; i++)
    z[order[i]] = x[i];
}

static void gather(int n) {
  int k;
  for (int i = 0; i < n; i++) {
    k = order[i];
    y[i] = z[k] + x[i];
  }
}

static void show(double total) {
  double sum = total;
  for (int i = 0; i < N; i++)
    sum = 0.75 * sum + x[i] + 2 * y[i] - z[i];
  printf("%.9g\n", sum);
}

int main(void) {
  for (int i = 0; i < N; i++) {
    x[i] = (i * 37 % 101) * 0.25;
    y[i] = i * 0.125;
    z[i] = 1;
    twice[i] = i / 2;
    order[i] = (i * 7) % N;
  }
  scale(N);
  show(dot(N));
  show(largest(N));
  show(last(N));
  show(product(N));
  prefix(N);
  show(carried(N));
  scatter(N);
  show(0);
  permute(N);
  gather(N);
  show(0);
  return 0;
}
