#include "assay_balls.h"

#include <stdlib.h>

#include <flint/flint.h>
#include <flint/fmpz.h>
#if __has_include(<flint/acb.h>)
#include <flint/acb.h>
#include <flint/acb_hypgeom.h>
#include <flint/arb.h>
#else
#include <acb.h>
#include <acb_hypgeom.h>
#include <arb.h>
#endif

#include "quadrature.h"

/* Agreement that counts as equality: 340 bits are 102 decimal digits. */
#define AGREEMENT 340
/* Terms of one finite sum or product. */
#define LONGEST_SUM 20000

void assay_run_init(assay_run *run, assay_ball_program program, size_t slot_count) {
    run->program = program;
    run->registers = _acb_vec_init((slong)program.count);
    run->slots = _acb_vec_init((slong)slot_count);
    run->slot_count = slot_count;
    run->smallest = 0;
}

void assay_run_clear(assay_run *run) {
    _acb_vec_clear(run->registers, (slong)run->program.count);
    _acb_vec_clear(run->slots, (slong)run->slot_count);
}

void assay_run_charge(assay_run *run, int64_t additions) {
    slong blocks = run->precision / 256;
    *run->steps -= additions * (1 + blocks + blocks * blocks / 4);
}

/* Notes how far below 1 a value lies, so that a tiny difference is not taken for none. */
static void note_size(assay_run *run, const acb_t z) {
    arb_srcptr parts[2] = {acb_realref(z), acb_imagref(z)};
    for (int i = 0; i < 2; i++) {
        if (arb_is_zero(parts[i]) || arb_contains_zero(parts[i])) continue;
        slong exponent = arf_abs_bound_lt_2exp_si(arb_midref(parts[i]));
        if (exponent < run->smallest) run->smallest = exponent;
    }
}

static int folded(acb_t r, const assay_ball_instruction *step, size_t index, assay_run *run) {
    fmpz_t low, high;
    int status = ASSAY_BALL_OK;
    arb_srcptr from = acb_realref(run->registers + step->a);
    arb_srcptr to = acb_realref(run->registers + step->b);
    fmpz_init(low);
    fmpz_init(high);
    if (step->flags & ASSAY_BALL_HIGH_INFINITE) {
        status = assay_run_series(r, index, run);
        fmpz_clear(low);
        fmpz_clear(high);
        return status;
    }
    if (!arb_is_int(from) || !arb_is_int(to)) {
        status = arb_contains_int(from) && arb_contains_int(to) ? ASSAY_BALL_UNKNOWN
                                                                 : ASSAY_BALL_UNDEFINED;
    } else {
        arb_get_unique_fmpz(low, from);
        arb_get_unique_fmpz(high, to);
        if (fmpz_bits(low) > 40 || fmpz_bits(high) > 40) status = ASSAY_BALL_LIMITED;
    }
    if (status == ASSAY_BALL_OK) {
        slong first = fmpz_get_si(low), last = fmpz_get_si(high);
        int sum = step->op == ASSAY_BALL_SUM;
        acb_t total;
        acb_init(total);
        if (!sum) acb_one(total);
        if (last - first > LONGEST_SUM) status = ASSAY_BALL_LIMITED;
        for (slong k = first; k <= last && status == ASSAY_BALL_OK; k++) {
            acb_set_si(run->slots + step->value, k);
            status = assay_run_block(run, index + 1, index + 1 + (size_t)step->length);
            acb_srcptr term = run->registers + index + step->length;
            if (status == ASSAY_BALL_OK && sum) acb_add(total, total, term, run->precision);
            if (status == ASSAY_BALL_OK && !sum) acb_mul(total, total, term, run->precision);
        }
        acb_swap(r, total);
        acb_clear(total);
    }
    fmpz_clear(low);
    fmpz_clear(high);
    return status;
}

/* What an instruction costs at least, in additions. */
static int64_t weight(int32_t op) {
    switch (op) {
    case ASSAY_BALL_POWER:
    case ASSAY_BALL_POWER_INTEGER:
    case ASSAY_BALL_ROOT: return 3;
    case ASSAY_BALL_FACTORIAL:
    case ASSAY_BALL_GAMMA:
    case ASSAY_BALL_BINOMIAL: return 5;
    default: return op <= ASSAY_BALL_NEGATE ? 1 : 9;
    }
}

static int execute(size_t index, assay_run *run) {
    const assay_ball_instruction *step = run->program.code + index;
    acb_ptr r = run->registers + index;
    acb_srcptr a = run->registers + step->a;
    acb_srcptr b = run->registers + step->b;
    slong precision = run->precision;
    fmpz_t n;
    int status = ASSAY_BALL_OK;
    switch (step->op) {
    case ASSAY_BALL_INTEGER: acb_set_si(r, step->value); break;
    case ASSAY_BALL_LARGE:
        fmpz_init(n);
        assay_load_integer(n, run->program.pool[step->value]);
        acb_set_round_fmpz(r, n, precision);
        /* A long literal may hide a small difference in its last digit. */
        if (-(slong)fmpz_bits(n) < run->smallest) run->smallest = -(slong)fmpz_bits(n);
        fmpz_clear(n);
        break;
    case ASSAY_BALL_SLOT: acb_set_round(r, run->slots + step->value, precision); break;
    case ASSAY_BALL_PI: acb_const_pi(r, precision); break;
    case ASSAY_BALL_E:
        acb_zero(r);
        arb_const_e(acb_realref(r), precision);
        break;
    case ASSAY_BALL_I: acb_onei(r); break;
    case ASSAY_BALL_COPY: acb_set(r, a); break;
    case ASSAY_BALL_ADD: acb_add(r, a, b, precision); break;
    case ASSAY_BALL_SUBTRACT: acb_sub(r, a, b, precision); break;
    case ASSAY_BALL_MULTIPLY: acb_mul(r, a, b, precision); break;
    case ASSAY_BALL_DIVIDE:
        status = assay_reciprocal(r, b, run);
        if (status == ASSAY_BALL_OK) acb_div(r, a, b, precision);
        break;
    case ASSAY_BALL_NEGATE: acb_neg(r, a); break;
    case ASSAY_BALL_POWER: status = assay_power(r, a, b, run); break;
    case ASSAY_BALL_POWER_INTEGER:
        status = assay_power_word(r, a, step->value, run);
        break;
    case ASSAY_BALL_ROOT:
        status = step->value % 2 ? assay_odd_root(r, a, (ulong)step->value, run)
                                 : assay_even_root(r, a, (ulong)step->value, run);
        break;
    case ASSAY_BALL_EXP: acb_exp(r, a, precision); break;
    case ASSAY_BALL_LOG: status = assay_logarithm(r, a, run); break;
    case ASSAY_BALL_SIN: acb_sin(r, a, precision); break;
    case ASSAY_BALL_COS: acb_cos(r, a, precision); break;
    case ASSAY_BALL_TAN: acb_tan(r, a, precision); break;
    case ASSAY_BALL_COT:
        if (acb_is_zero(a)) return ASSAY_BALL_UNDEFINED;
        acb_cot(r, a, precision);
        break;
    case ASSAY_BALL_SEC: acb_sec(r, a, precision); break;
    case ASSAY_BALL_CSC:
        if (acb_is_zero(a)) return ASSAY_BALL_UNDEFINED;
        acb_csc(r, a, precision);
        break;
    case ASSAY_BALL_ASIN: status = assay_inverse_sine(r, a, 0, run); break;
    case ASSAY_BALL_ACOS: status = assay_inverse_sine(r, a, 1, run); break;
    case ASSAY_BALL_ATAN: acb_atan(r, a, precision); break;
    case ASSAY_BALL_ACOT: {
        /* Range (0, π): π/2 - arctan x. */
        acb_t half;
        acb_init(half);
        acb_const_pi(half, precision);
        acb_mul_2exp_si(half, half, -1);
        acb_atan(r, a, precision);
        acb_sub(r, half, r, precision);
        acb_clear(half);
        break;
    }
    case ASSAY_BALL_ASEC:
    case ASSAY_BALL_ACSC: {
        acb_t inverse;
        acb_init(inverse);
        status = assay_reciprocal(inverse, a, run);
        if (status == ASSAY_BALL_OK) {
            status = assay_inverse_sine(r, inverse, step->op == ASSAY_BALL_ASEC, run);
        }
        acb_clear(inverse);
        break;
    }
    case ASSAY_BALL_SINH: acb_sinh(r, a, precision); break;
    case ASSAY_BALL_COSH: acb_cosh(r, a, precision); break;
    case ASSAY_BALL_TANH: acb_tanh(r, a, precision); break;
    case ASSAY_BALL_COTH:
        if (acb_is_zero(a)) return ASSAY_BALL_UNDEFINED;
        acb_coth(r, a, precision);
        break;
    case ASSAY_BALL_SECH: acb_sech(r, a, precision); break;
    case ASSAY_BALL_CSCH:
        if (acb_is_zero(a)) return ASSAY_BALL_UNDEFINED;
        acb_csch(r, a, precision);
        break;
    case ASSAY_BALL_ASINH: acb_asinh(r, a, precision); break;
    case ASSAY_BALL_ACOSH:
    case ASSAY_BALL_ATANH: {
        if (assay_is_real(a) && !run->complex) {
            arb_t edge;
            arb_init(edge);
            if (step->op == ASSAY_BALL_ACOSH) {
                arb_sub_ui(edge, acb_realref(a), 1, precision);
            } else {
                arb_abs(edge, acb_realref(a));
                arb_sub_ui(edge, edge, 1, precision);
                arb_neg(edge, edge);
            }
            int outside = arb_is_negative(edge);
            arb_clear(edge);
            if (outside) return ASSAY_BALL_UNDEFINED;
        }
        step->op == ASSAY_BALL_ACOSH ? acb_acosh(r, a, precision) : acb_atanh(r, a, precision);
        break;
    }
    case ASSAY_BALL_ABS: {
        arb_t size;
        arb_init(size);
        acb_abs(size, a, precision);
        acb_set_arb(r, size);
        arb_clear(size);
        break;
    }
    case ASSAY_BALL_SIGN:
    case ASSAY_BALL_FLOOR:
    case ASSAY_BALL_CEIL: status = assay_real_function(r, a, step->op, run); break;
    case ASSAY_BALL_FACTORIAL: {
        acb_t next;
        acb_init(next);
        acb_add_ui(next, a, 1, precision);
        status = assay_gamma_function(r, next, run);
        acb_clear(next);
        break;
    }
    case ASSAY_BALL_GAMMA: status = assay_gamma_function(r, a, run); break;
    case ASSAY_BALL_BINOMIAL: status = assay_binomial(r, a, b, run); break;
    case ASSAY_BALL_MIN:
    case ASSAY_BALL_MAX:
        if (!assay_is_real(a) || !assay_is_real(b)) return ASSAY_BALL_UNDEFINED;
        if (step->op == ASSAY_BALL_MIN) {
            arb_min(acb_realref(r), acb_realref(a), acb_realref(b), precision);
        } else {
            arb_max(acb_realref(r), acb_realref(a), acb_realref(b), precision);
        }
        arb_zero(acb_imagref(r));
        break;
    case ASSAY_BALL_REAL: acb_set_arb(r, acb_realref(a)); break;
    case ASSAY_BALL_IMAGINARY: {
        arb_t part;
        arb_init(part);
        arb_set(part, acb_imagref(a));
        acb_set_arb(r, part);
        arb_clear(part);
        break;
    }
    case ASSAY_BALL_CONJUGATE: acb_conj(r, a); break;
    case ASSAY_BALL_ARGUMENT: {
        arb_t angle;
        if (acb_is_zero(a)) return ASSAY_BALL_UNDEFINED;
        arb_init(angle);
        acb_arg(angle, a, precision);
        acb_set_arb(r, angle);
        arb_clear(angle);
        break;
    }
    case ASSAY_BALL_SUM:
    case ASSAY_BALL_PRODUCT: status = folded(r, step, index, run); break;
    case ASSAY_BALL_INTEGRAL: status = assay_run_integral(r, index, run); break;
    case ASSAY_BALL_LIMIT: status = assay_run_limit(r, index, run); break;
    default: return ASSAY_BALL_UNDEFINED;
    }
    if (status != ASSAY_BALL_OK) return status;
    if (!acb_is_finite(r)) return ASSAY_BALL_UNKNOWN;
    /* Exponents beyond the machine word are towers. */
    if (ARF_EXP(arb_midref(acb_realref(r))) > 1000000000
        || COEFF_IS_MPZ(ARF_EXP(arb_midref(acb_realref(r))))) {
        if (arf_is_special(arb_midref(acb_realref(r)))) return ASSAY_BALL_OK;
        return ASSAY_BALL_LIMITED;
    }
    note_size(run, r);
    return ASSAY_BALL_OK;
}

int assay_run_block(assay_run *run, size_t start, size_t end) {
    for (size_t index = start; index < end; index++) {
        const assay_ball_instruction *step = run->program.code + index;
        assay_run_charge(run, weight(step->op));
        if (*run->steps < 0) return ASSAY_BALL_LIMITED;
        int status = execute(index, run);
        if (status != ASSAY_BALL_OK) return status;
        index += (size_t)step->length;
    }
    return ASSAY_BALL_OK;
}

/* The register of the program's value: that of the last instruction outside all bodies. */
static size_t result_of(assay_ball_program program) {
    size_t last = 0;
    for (size_t index = 0; index < program.count; index++) {
        last = index;
        index += (size_t)program.code[index].length;
    }
    return last;
}

static void set_slots(assay_run *run, const assay_ball_point *points, slong precision) {
    for (size_t i = 0; i < run->slot_count; i++) {
        if (points[i].denominator == 0) continue;
        acb_set_si_si(run->slots + i, points[i].real, points[i].imaginary);
        acb_div_si(run->slots + i, run->slots + i, points[i].denominator, precision);
    }
}

static int evaluate(
    assay_run *run, assay_ball_program program, const assay_ball_point *points, size_t count,
    int32_t complex, slong precision, int64_t *steps) {
    assay_run_init(run, program, count);
    run->complex = complex;
    run->analytic = 0;
    run->precision = precision;
    run->steps = steps;
    set_slots(run, points, precision);
    return assay_run_block(run, 0, program.count);
}

static void show(double *out, const acb_t z) {
    out[0] = arf_get_d(arb_midref(acb_realref(z)), ARF_RND_NEAR);
    out[1] = arf_get_d(arb_midref(acb_imagref(z)), ARF_RND_NEAR);
}

void assay_ball_compare(
    assay_ball_program left, assay_ball_program right, const assay_ball_point *slots,
    size_t slot_count, int32_t complex, int64_t precision, int64_t *steps,
    assay_ball_comparison *out) {
    assay_run a, b;
    slong bits = (slong)precision;
    out->separated = 0;
    out->agree = 0;
    out->left = evaluate(&a, left, slots, slot_count, complex, bits, steps);
    out->right = evaluate(&b, right, slots, slot_count, complex, bits, steps);
    if (out->left == ASSAY_BALL_OK && out->right == ASSAY_BALL_OK) {
        acb_srcptr x = a.registers + result_of(left);
        acb_srcptr y = b.registers + result_of(right);
        acb_t difference;
        mag_t size;
        show(out->shown, x);
        show(out->shown + 2, y);
        acb_init(difference);
        mag_init(size);
        acb_sub(difference, x, y, bits);
        out->separated = !acb_contains_zero(difference);
        acb_get_mag(size, difference);
        slong floor = a.smallest < b.smallest ? a.smallest : b.smallest;
        out->agree = !out->separated && mag_cmp_2exp_si(size, floor - AGREEMENT) < 0;
        mag_clear(size);
        acb_clear(difference);
    }
    assay_run_clear(&a);
    assay_run_clear(&b);
}

int32_t assay_ball_sign(
    assay_ball_program program, const assay_ball_point *slots, size_t slot_count,
    int64_t precision, int64_t *steps, int32_t *sign) {
    assay_run run;
    *sign = 0;
    int status = evaluate(&run, program, slots, slot_count, 0, (slong)precision, steps);
    if (status == ASSAY_BALL_OK) {
        acb_srcptr value = run.registers + result_of(program);
        if (!assay_is_real(value)) {
            status = ASSAY_BALL_UNDEFINED;
        } else if (arb_is_positive(acb_realref(value))) {
            *sign = 1;
        } else if (arb_is_negative(acb_realref(value))) {
            *sign = -1;
        } else if (!arb_is_zero(acb_realref(value))) {
            status = ASSAY_BALL_UNKNOWN;
        }
    }
    assay_run_clear(&run);
    return status;
}
