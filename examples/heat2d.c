/*
 * heat2d: a reacting plate heats up, conducts and cools.
 *
 *     heat2d [CELLS] [STEPS]
 *
 * The temperature of a square plate of CELLS x CELLS cells is advanced by STEPS explicit time steps. Each step
 * conducts heat between neighbours (the conductivity of a gas grows with temperature), adds the heat of an
 * Arrhenius reaction and loses some to the walls. Afterwards the plate is looked at in several ways, relaxed by
 * Gauss-Seidel sweeps and hit by a pattern of small pulses. What is printed is the same in every run, up to the
 * rounding of sums.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { BINS = 16, MAX_CELLS = 4096, SWEEPS = 4, REPORTED = 3 };

static const double AMBIENT = 300.0;     /* K */
static const double TOO_HOT = 1100.0;    /* K */
static const double BIN_WIDTH = 75.0;    /* K */
static const double ACTIVATION = 5000.0; /* K */

static int alarms; /* cells that record_alarm() was told of */

/* Conductance of the face between two cells: a power law in their mean temperature. */
static double conductance(double a, double b)
{
    return 0.05 * pow(0.5 * (a + b) / AMBIENT, 0.7);
}

/* Heating rate of the reaction at one temperature. */
static double reaction(double temperature)
{
    return 400.0 * exp(-ACTIVATION / temperature);
}

/* Counts a cell that is too hot, and names the first few. */
static void record_alarm(int cell, double temperature)
{
    if (alarms < REPORTED)
        printf("alarm: cell %d is at %.6f K\n", cell, temperature);
    alarms++;
}

/* A hot spot in the middle of a plate at ambient temperature. */
static void ignite(int n, double *plate)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            double x = (i + 0.5) / n - 0.5;
            double y = (j + 0.5) / n - 0.5;
            plate[i * n + j] = AMBIENT + 900.0 * exp(-40.0 * (x * x + y * y));
        }
}

/* One step of conduction, from one buffer to the other; the rim keeps its temperature. */
static void conduct(int n, double (*restrict next)[n], double (*restrict plate)[n])
{
    double here, inflow;

    for (int i = 1; i < n - 1; i++)
        for (int j = 1; j < n - 1; j++) {
            here = plate[i][j];
            inflow = conductance(here, plate[i - 1][j]) * (plate[i - 1][j] - here);
            inflow += conductance(here, plate[i + 1][j]) * (plate[i + 1][j] - here);
            inflow += conductance(here, plate[i][j - 1]) * (plate[i][j - 1] - here);
            inflow += conductance(here, plate[i][j + 1]) * (plate[i][j + 1] - here);
            next[i][j] = here + inflow;
        }
}

/* The rim of a plate takes the temperature of the other buffer's. */
static void copy_rim(int n, double (*restrict next)[n], double (*restrict plate)[n])
{
    for (int k = 0; k < n; k++) {
        next[0][k] = plate[0][k];
        next[n - 1][k] = plate[n - 1][k];
    }
    for (int k = 1; k < n - 1; k++) {
        next[k][0] = plate[k][0];
        next[k][n - 1] = plate[k][n - 1];
    }
}

/* Every cell is heated by its own reaction. */
static void react(int count, double *plate)
{
    for (int k = 0; k < count; k++)
        plate[k] += reaction(plate[k]);
}

/* Every cell loses heat to the wall behind it. */
static void cool(int count, double *plate, const double *wall, double rate)
{
    for (int k = 0; k < count; k++)
        plate[k] -= rate * (plate[k] - wall[k]);
}

/* Largest change of any cell between two states. */
static double largest_change(int count, const double *a, const double *b)
{
    double largest = 0.0;

    for (int k = 0; k < count; k++) {
        double change = fabs(a[k] - b[k]);
        if (change > largest)
            largest = change;
    }
    return largest;
}

static double dot(int count, const double *a, const double *b)
{
    double sum = 0.0;

    for (int k = 0; k < count; k++)
        sum += a[k] * b[k];
    return sum;
}

/* How many cells lie in each of BINS equal ranges of temperature. */
static void histogram(int count, const double *plate, int bins[static BINS])
{
    for (int k = 0; k < count; k++) {
        int bin = (int)((plate[k] - AMBIENT) / BIN_WIDTH);
        bin = bin < 0 ? 0 : bin;
        bin = bin > BINS - 1 ? BINS - 1 : bin;
        bins[bin]++;
    }
}

/* Sum of each row. */
static void row_totals(int n, double (*plate)[n], double *restrict total)
{
    for (int i = 0; i < n; i++) {
        double sum = 0.0;
        for (int j = 0; j < n; j++)
            sum += plate[i][j];
        total[i] = sum;
    }
}

/* Each entry becomes the sum of all up to it. */
static void accumulate(int count, double *total)
{
    for (int k = 1; k < count; k++)
        total[k] += total[k - 1];
}

/* One Gauss-Seidel sweep: every cell moves to the mean of its neighbours, two of which have moved already. */
static void relax(int n, double (*plate)[n])
{
    for (int i = 1; i < n - 1; i++)
        for (int j = 1; j < n - 1; j++)
            plate[i][j] = 0.25 * (plate[i - 1][j] + plate[i + 1][j] + plate[i][j - 1] + plate[i][j + 1]);
}

/* A permutation of 0 .. count - 1 that looks random and is the same in every run. */
static void shuffle(int count, int *order)
{
    unsigned state = 12345u;

    for (int k = 0; k < count; k++)
        order[k] = k;
    for (int k = count - 1; k > 0; k--) {
        state = 1664525u * state + 1013904223u;
        int other = (int)((state >> 8) % (unsigned)(k + 1));
        int swapped = order[k];
        order[k] = order[other];
        order[other] = swapped;
    }
}

/* Pulse k heats cell order[k]: no two pulses hit one cell, because order is a permutation. */
static void apply_pulses(int count, double *restrict plate, const int *restrict order, const double *restrict pulse)
{
    for (int k = 0; k < count; k++)
        plate[order[k]] += pulse[k];
}

static void watch(int count, const double *plate, double limit)
{
    for (int k = 0; k < count; k++)
        if (plate[k] > limit)
            record_alarm(k, plate[k]);
}

static void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count, size);

    if (memory == NULL) {
        fprintf(stderr, "heat2d: no memory for %zu values\n", count);
        exit(EXIT_FAILURE);
    }
    return memory;
}

static int number(const char *text, int least, int most)
{
    char *end;
    long value = strtol(text, &end, 10);

    if (*text == '\0' || *end != '\0' || value < least || value > most) {
        fprintf(stderr, "heat2d: '%s' is not a number from %d to %d\nusage: heat2d [CELLS] [STEPS]\n", text, least, most);
        exit(EXIT_FAILURE);
    }
    return (int)value;
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? number(argv[1], 3, MAX_CELLS) : 1200;
    int steps = argc > 2 ? number(argv[2], 1, 1000000) : 3;
    int count = n * n;
    double (*plate)[n] = allocate((size_t)count, sizeof(double));
    double (*next)[n] = allocate((size_t)count, sizeof(double));
    double *wall = allocate((size_t)count, sizeof(double));
    double *total = allocate((size_t)n, sizeof(double));
    int *order = allocate((size_t)count, sizeof(int));
    int bins[BINS] = {0};
    double change = 0.0;

    ignite(n, *plate);
    ignite(n, wall);

    for (int step = 0; step < steps; step++) {
        double (*swapped)[n] = plate;

        conduct(n, next, plate);
        copy_rim(n, next, plate);
        react(count, *next);
        cool(count, *next, wall, 0.02);
        change = largest_change(count, *next, *plate);
        plate = next;
        next = swapped;
    }
    printf("last change %.10e\n", change);
    printf("correlation %.10e\n", dot(count, *plate, wall) / dot(count, wall, wall));

    histogram(count, *plate, bins);
    for (int b = 0; b < BINS; b++)
        printf("bin %2d: %d\n", b, bins[b]);
    watch(count, *plate, TOO_HOT);
    printf("alarms %d\n", alarms);

    for (int sweep = 0; sweep < SWEEPS; sweep++)
        relax(n, plate);
    row_totals(n, plate, total);
    accumulate(n, total);
    printf("upper half %.10e\nplate %.10e\n", total[n / 2], total[n - 1]);

    shuffle(count, order);
    apply_pulses(count, *plate, order, wall);
    printf("checksum %.10e\n", dot(count, *plate, *plate));

    free(plate);
    free(next);
    free(wall);
    free(total);
    free(order);
    return EXIT_SUCCESS;
}
