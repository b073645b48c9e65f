/* What Assay needs of FLINT and Arb: integers, rational functions, rigorous evaluation. */
#ifndef ASSAY_FLINT_H
#define ASSAY_FLINT_H
#include "assay_balls.h"
#include "assay_integers.h"
#include "assay_polynomials.h"
#endif
