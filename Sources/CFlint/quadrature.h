/* Inside of the ball interpreter: the state of a run, and the operations that evaluate a body at
 * many points. */
#ifndef ASSAY_QUADRATURE_H
#define ASSAY_QUADRATURE_H
#include "assay_balls.h"

#if __has_include(<flint/acb.h>)
#include <flint/acb.h>
#else
#include <acb.h>
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
int assay_run_integral(acb_t r, size_t index, assay_run *run);
int assay_run_series(acb_t r, size_t index, assay_run *run);
int assay_run_limit(acb_t r, size_t index, assay_run *run);
#endif
