/* Operations that evaluate a body at many points: integrals, limits, infinite series. */
#ifndef ASSAY_QUADRATURE_H
#define ASSAY_QUADRATURE_H
#include "run.h"

/* The value of a body at one point of its slot. */
int assay_body_at(acb_t out, const arb_t x, size_t index, assay_run *run);
int assay_run_integral(acb_t r, size_t index, assay_run *run);
int assay_run_series(acb_t r, size_t index, assay_run *run);
int assay_run_limit(acb_t r, size_t index, assay_run *run);
#endif
