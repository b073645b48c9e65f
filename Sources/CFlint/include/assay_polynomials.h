/* Exact comparison of rational functions: the programs of assay_balls.h, run over quotients of
 * multivariate polynomials with integer coefficients. */
#ifndef ASSAY_POLYNOMIALS_H
#define ASSAY_POLYNOMIALS_H
#include "assay_balls.h"

typedef enum {
    ASSAY_POLYNOMIALS_DIFFERENT = 0,
    ASSAY_POLYNOMIALS_EQUAL = 1,
    /* Something else than arithmetic on variables and integers, or a quotient by zero. */
    ASSAY_POLYNOMIALS_UNSUPPORTED = 2,
    /* Degrees, terms, coefficients or steps beyond their bounds. */
    ASSAY_POLYNOMIALS_LIMITED = 3
} assay_polynomials_result;

/* Whether both programs are the same element of the field of rational functions in their slots;
 * points where a denominator vanishes do not count. `steps` is counted down. */
int32_t assay_polynomials_compare(
    assay_ball_program left, assay_ball_program right, size_t slot_count, int64_t *steps);
#endif
