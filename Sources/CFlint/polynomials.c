#include "assay_polynomials.h"

#include <stdlib.h>

#include <flint/flint.h>
#include <flint/fmpz.h>
#include <flint/fmpz_mpoly.h>

/* Bounds that are checked before every product: FLINT aborts on overflowing exponents and cannot
 * be interrupted. */
#define LARGEST_DEGREE 4096
#define LONGEST_COEFFICIENT 16384
#define LARGEST_PRODUCT 400000

typedef struct {
    fmpz_mpoly_t top, bottom;
} fraction;

typedef struct {
    assay_ball_program program;
    fraction *registers;
    fmpz_mpoly_ctx_struct *context;
    int64_t *steps;
} machine;

static int multiply(fmpz_mpoly_t r, const fmpz_mpoly_t a, const fmpz_mpoly_t b, machine *m) {
    slong terms_a = fmpz_mpoly_length(a, m->context);
    slong terms_b = fmpz_mpoly_length(b, m->context);
    if (terms_a == 0 || terms_b == 0) {
        fmpz_mpoly_zero(r, m->context);
        return ASSAY_POLYNOMIALS_EQUAL;
    }
    if (terms_a > LARGEST_PRODUCT / terms_b) return ASSAY_POLYNOMIALS_LIMITED;
    if (!fmpz_mpoly_total_degree_fits_si(a, m->context)
        || !fmpz_mpoly_total_degree_fits_si(b, m->context)
        || fmpz_mpoly_total_degree_si(a, m->context) + fmpz_mpoly_total_degree_si(b, m->context)
            > LARGEST_DEGREE) {
        return ASSAY_POLYNOMIALS_LIMITED;
    }
    slong bits_a = labs(fmpz_mpoly_max_bits(a));
    slong bits_b = labs(fmpz_mpoly_max_bits(b));
    if (bits_a + bits_b > LONGEST_COEFFICIENT) return ASSAY_POLYNOMIALS_LIMITED;
    *m->steps -= 1 + terms_a * terms_b * (2 + bits_a / 64 * (bits_b / 64)) / 16;
    if (*m->steps < 0) return ASSAY_POLYNOMIALS_LIMITED;
    fmpz_mpoly_mul(r, a, b, m->context);
    return ASSAY_POLYNOMIALS_EQUAL;
}

static int multiply_fractions(fraction *r, const fraction *a, const fraction *b, machine *m) {
    int status = multiply(r->top, a->top, b->top, m);
    return status == ASSAY_POLYNOMIALS_EQUAL ? multiply(r->bottom, a->bottom, b->bottom, m)
                                             : status;
}

static int divide_fractions(fraction *r, const fraction *a, const fraction *b, machine *m) {
    if (fmpz_mpoly_is_zero(b->top, m->context)) return ASSAY_POLYNOMIALS_UNSUPPORTED;
    int status = multiply(r->top, a->top, b->bottom, m);
    return status == ASSAY_POLYNOMIALS_EQUAL ? multiply(r->bottom, a->bottom, b->top, m) : status;
}

static int add_fractions(
    fraction *r, const fraction *a, const fraction *b, int subtract, machine *m) {
    fmpz_mpoly_t cross;
    int status = ASSAY_POLYNOMIALS_EQUAL;
    fmpz_mpoly_init(cross, m->context);
    if (fmpz_mpoly_equal(a->bottom, b->bottom, m->context)) {
        fmpz_mpoly_set(r->top, a->top, m->context);
        fmpz_mpoly_set(cross, b->top, m->context);
        fmpz_mpoly_set(r->bottom, a->bottom, m->context);
    } else {
        status = multiply(r->top, a->top, b->bottom, m);
        if (status == ASSAY_POLYNOMIALS_EQUAL) status = multiply(cross, b->top, a->bottom, m);
        if (status == ASSAY_POLYNOMIALS_EQUAL) {
            status = multiply(r->bottom, a->bottom, b->bottom, m);
        }
    }
    if (status == ASSAY_POLYNOMIALS_EQUAL) {
        if (subtract) {
            fmpz_mpoly_sub(r->top, r->top, cross, m->context);
        } else {
            fmpz_mpoly_add(r->top, r->top, cross, m->context);
        }
    }
    fmpz_mpoly_clear(cross, m->context);
    return status;
}

static int power(fraction *r, const fraction *base, int64_t exponent, machine *m) {
    fraction square, scratch;
    int status = ASSAY_POLYNOMIALS_EQUAL;
    uint64_t rest = exponent < 0 ? 0 - (uint64_t)exponent : (uint64_t)exponent;
    if (rest > LARGEST_DEGREE) return ASSAY_POLYNOMIALS_LIMITED;
    if (exponent < 0 && fmpz_mpoly_is_zero(base->top, m->context)) {
        return ASSAY_POLYNOMIALS_UNSUPPORTED;
    }
    fmpz_mpoly_init(square.top, m->context);
    fmpz_mpoly_init(square.bottom, m->context);
    fmpz_mpoly_init(scratch.top, m->context);
    fmpz_mpoly_init(scratch.bottom, m->context);
    fmpz_mpoly_set(square.top, exponent < 0 ? base->bottom : base->top, m->context);
    fmpz_mpoly_set(square.bottom, exponent < 0 ? base->top : base->bottom, m->context);
    fmpz_mpoly_one(r->top, m->context);
    fmpz_mpoly_one(r->bottom, m->context);
    while (rest > 0 && status == ASSAY_POLYNOMIALS_EQUAL) {
        if (rest & 1) {
            status = multiply_fractions(&scratch, r, &square, m);
            fmpz_mpoly_swap(r->top, scratch.top, m->context);
            fmpz_mpoly_swap(r->bottom, scratch.bottom, m->context);
        }
        rest >>= 1;
        if (rest > 0 && status == ASSAY_POLYNOMIALS_EQUAL) {
            status = multiply_fractions(&scratch, &square, &square, m);
            fmpz_mpoly_swap(square.top, scratch.top, m->context);
            fmpz_mpoly_swap(square.bottom, scratch.bottom, m->context);
        }
    }
    fmpz_mpoly_clear(square.top, m->context);
    fmpz_mpoly_clear(square.bottom, m->context);
    fmpz_mpoly_clear(scratch.top, m->context);
    fmpz_mpoly_clear(scratch.bottom, m->context);
    return status;
}

static void set_integer(fmpz_mpoly_t r, assay_int a, machine *m) {
    fmpz_t value;
    fmpz_init(value);
    fmpz_set_ui_array(value, (const ulong *)a.limbs, (slong)a.count);
    if (a.negative) fmpz_mul_si(value, value, -1);
    fmpz_mpoly_set_fmpz(r, value, m->context);
    fmpz_clear(value);
}

static int execute(size_t index, machine *m) {
    const assay_ball_instruction *step = m->program.code + index;
    fraction *r = m->registers + index;
    const fraction *a = m->registers + step->a;
    const fraction *b = m->registers + step->b;
    fmpz_mpoly_one(r->bottom, m->context);
    switch (step->op) {
    case ASSAY_BALL_INTEGER:
        fmpz_mpoly_set_si(r->top, (slong)step->value, m->context);
        return ASSAY_POLYNOMIALS_EQUAL;
    case ASSAY_BALL_LARGE:
        set_integer(r->top, m->program.pool[step->value], m);
        return ASSAY_POLYNOMIALS_EQUAL;
    case ASSAY_BALL_SLOT:
        fmpz_mpoly_gen(r->top, (slong)step->value, m->context);
        return ASSAY_POLYNOMIALS_EQUAL;
    case ASSAY_BALL_ADD: return add_fractions(r, a, b, 0, m);
    case ASSAY_BALL_SUBTRACT: return add_fractions(r, a, b, 1, m);
    case ASSAY_BALL_MULTIPLY: return multiply_fractions(r, a, b, m);
    case ASSAY_BALL_DIVIDE: return divide_fractions(r, a, b, m);
    case ASSAY_BALL_NEGATE:
        fmpz_mpoly_neg(r->top, a->top, m->context);
        fmpz_mpoly_set(r->bottom, a->bottom, m->context);
        return ASSAY_POLYNOMIALS_EQUAL;
    case ASSAY_BALL_POWER_INTEGER: return power(r, a, step->value, m);
    default: return ASSAY_POLYNOMIALS_UNSUPPORTED;
    }
}

/* Runs a program; its value is in the last register. */
static int run(machine *m) {
    int status = ASSAY_POLYNOMIALS_EQUAL;
    m->registers = calloc(m->program.count, sizeof(fraction));
    if (m->registers == NULL) return ASSAY_POLYNOMIALS_LIMITED;
    for (size_t i = 0; i < m->program.count; i++) {
        fmpz_mpoly_init(m->registers[i].top, m->context);
        fmpz_mpoly_init(m->registers[i].bottom, m->context);
    }
    for (size_t i = 0; i < m->program.count && status == ASSAY_POLYNOMIALS_EQUAL; i++) {
        status = execute(i, m);
    }
    return status;
}

static void release(machine *m) {
    if (m->registers == NULL) return;
    for (size_t i = 0; i < m->program.count; i++) {
        fmpz_mpoly_clear(m->registers[i].top, m->context);
        fmpz_mpoly_clear(m->registers[i].bottom, m->context);
    }
    free(m->registers);
}

int32_t assay_polynomials_compare(
    assay_ball_program left, assay_ball_program right, size_t slot_count, int64_t *steps) {
    fmpz_mpoly_ctx_t context;
    if (left.count == 0 || right.count == 0 || slot_count == 0 || slot_count > 64) {
        return ASSAY_POLYNOMIALS_UNSUPPORTED;
    }
    fmpz_mpoly_ctx_init(context, (slong)slot_count, ORD_DEGREVLEX);
    machine a = {left, NULL, context, steps};
    machine b = {right, NULL, context, steps};
    int status = run(&a);
    if (status == ASSAY_POLYNOMIALS_EQUAL) status = run(&b);
    if (status == ASSAY_POLYNOMIALS_EQUAL) {
        const fraction *x = a.registers + left.count - 1;
        const fraction *y = b.registers + right.count - 1;
        fmpz_mpoly_t first, second;
        fmpz_mpoly_init(first, context);
        fmpz_mpoly_init(second, context);
        status = multiply(first, x->top, y->bottom, &a);
        if (status == ASSAY_POLYNOMIALS_EQUAL) status = multiply(second, y->top, x->bottom, &a);
        if (status == ASSAY_POLYNOMIALS_EQUAL) {
            status = fmpz_mpoly_equal(first, second, context) ? ASSAY_POLYNOMIALS_EQUAL
                                                              : ASSAY_POLYNOMIALS_DIFFERENT;
        }
        fmpz_mpoly_clear(first, context);
        fmpz_mpoly_clear(second, context);
    }
    release(&a);
    release(&b);
    fmpz_mpoly_ctx_clear(context);
    return status;
}
