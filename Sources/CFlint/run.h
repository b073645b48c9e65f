/* Inside of the ball interpreter: the state of a run, and functions with their real domains. */
#ifndef ASSAY_RUN_H
#define ASSAY_RUN_H
#include "assay_balls.h"

#if __has_include(<flint/acb.h>)
#include <flint/acb.h>
#include <flint/arb.h>
#include <flint/fmpz.h>
#else
#include <acb.h>
#include <arb.h>
#include <flint/fmpz.h>
#endif

typedef struct {
    assay_ball_program program;
    acb_ptr registers;
    acb_ptr slots;
    size_t slot_count;
    slong precision;
    int complex;   /* values off the real line are wanted */
    int analytic;  /* values count only where functions are analytic on the whole ball */
    int64_t *steps;
    slong smallest; /* binary exponent of the smallest number seen, at most 0 */
} assay_run;

void assay_run_init(assay_run *run, assay_ball_program program, size_t slot_count);
void assay_run_clear(assay_run *run);
/* Pays for work, counted in additions of 256 bits. */
void assay_run_charge(assay_run *run, int64_t additions);
int assay_run_block(assay_run *run, size_t start, size_t end);

/* Whether z lies on the real line, exactly. */
int assay_is_real(const acb_t z);
void assay_load_integer(fmpz_t out, assay_int a);

/* Functions of balls: each returns an assay_ball_status and writes r where that is OK. */
int assay_even_root(acb_t r, const acb_t a, ulong degree, assay_run *run);
int assay_odd_root(acb_t r, const acb_t a, ulong degree, assay_run *run);
int assay_logarithm(acb_t r, const acb_t a, assay_run *run);
int assay_power_integer(acb_t r, const acb_t a, const fmpz_t n, assay_run *run);
int assay_power_word(acb_t r, const acb_t a, int64_t exponent, assay_run *run);
int assay_power(acb_t r, const acb_t a, const acb_t b, assay_run *run);
int assay_inverse_sine(acb_t r, const acb_t a, int cosine, assay_run *run);
int assay_reciprocal(acb_t r, const acb_t a, assay_run *run);
int assay_real_function(acb_t r, const acb_t a, int32_t op, assay_run *run);
int assay_gamma_function(acb_t r, const acb_t a, assay_run *run);
int assay_binomial(acb_t r, const acb_t n, const acb_t k, assay_run *run);
#endif
