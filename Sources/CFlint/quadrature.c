#include "quadrature.h"

#if __has_include(<flint/acb_calc.h>)
#include <flint/acb_calc.h>
#else
#include <acb_calc.h>
#endif

/* The value of a body at one point of its slot. */
static int body_at(acb_t out, const arb_t x, size_t index, assay_run *run) {
    const assay_ball_instruction *step = run->program.code + index;
    acb_set_arb(run->slots + step->value, x);
    int status = assay_run_block(run, index + 1, index + 1 + (size_t)step->length);
    if (status == ASSAY_BALL_OK) acb_set(out, run->registers + index + step->length);
    return status;
}

/* One node of double-exponential quadrature: x(t) and x'(t). With s = π/2 · sinh t:
 * finite ends: x = c + h tanh s; one infinite end: x = a ± exp(2s); both: x = sinh s. */
static void node(arb_t x, arb_t slope, const arb_t t, const arb_t low, const arb_t high,
    int32_t ends, slong bits) {
    arb_t s, c, u, v;
    arb_init(s);
    arb_init(c);
    arb_init(u);
    arb_init(v);
    arb_sinh_cosh(s, c, t, bits);
    arb_const_pi(u, bits);
    arb_mul_2exp_si(u, u, -1);
    arb_mul(s, s, u, bits);
    arb_mul(c, c, u, bits);
    if (ends == 0) {
        /* Half width over cosh² s; measured from the nearer end, so that nothing cancels. */
        arb_t width;
        arb_init(width);
        arb_sub(width, high, low, bits);
        /* 1 / (1 + exp(2|s|)) is the share of the width from the nearer end. */
        arb_abs(u, s);
        arb_mul_2exp_si(u, u, 1);
        arb_exp(u, u, bits);
        arb_add_ui(v, u, 1, bits);
        arb_div(x, width, v, bits);
        if (arb_is_negative(s)) {
            arb_add(x, low, x, bits);
        } else {
            arb_sub(x, high, x, bits);
        }
        arb_mul(v, v, v, bits);
        arb_div(u, u, v, bits);
        arb_mul(slope, u, width, bits);
        arb_mul_2exp_si(slope, slope, 1);
        arb_clear(width);
    } else if (ends == (ASSAY_BALL_LOW_INFINITE | ASSAY_BALL_HIGH_INFINITE)) {
        arb_sinh_cosh(x, slope, s, bits);
    } else {
        arb_exp(x, s, bits);
        arb_set(slope, x);
        if (ends == ASSAY_BALL_HIGH_INFINITE) {
            arb_add(x, low, x, bits);
        } else {
            arb_sub(x, high, x, bits);
        }
    }
    arb_mul(slope, slope, c, bits);
    arb_clear(s);
    arb_clear(c);
    arb_clear(u);
    arb_clear(v);
}

/* Adds the terms t = first, first + stride, … times `step` on one side, until they stay below
 * 2^-goal or the body has no value there. */
static int add_side(acb_t total, slong first, slong stride, slong level, int negative, int32_t ends,
    const arb_t low, const arb_t high, slong goal, size_t index, assay_run *run) {
    arb_t t, x, slope;
    acb_t term;
    int status = ASSAY_BALL_OK;
    int small = 0;
    slong bits = run->precision;
    arb_init(t);
    arb_init(x);
    arb_init(slope);
    acb_init(term);
    /* Nodes out to t = ±1 always count: the middle of an integrand may be flat. */
    for (slong k = first; small < 4 || k <= (WORD(1) << level); k += stride) {
        arb_set_si(t, negative ? -k : k);
        arb_mul_2exp_si(t, t, -level);
        if (k > (WORD(8) << level)) {
            status = ASSAY_BALL_UNKNOWN;
            break;
        }
        assay_run_charge(run, 12);
        node(x, slope, t, low, high, ends, bits);
        status = body_at(term, x, index, run);
        if (status == ASSAY_BALL_LIMITED) break;
        if (status != ASSAY_BALL_OK) {
            /* Past the last digit of the end point; before that it is a pole inside. */
            if (k > (WORD(3) << level)) {
                status = ASSAY_BALL_OK;
            }
            break;
        }
        acb_mul_arb(term, term, slope, bits);
        acb_add(total, total, term, bits);
        mag_t size;
        mag_init(size);
        acb_get_mag(size, term);
        small = mag_cmp_2exp_si(size, -goal) < 0 ? small + 1 : 0;
        mag_clear(size);
    }
    arb_clear(t);
    arb_clear(x);
    arb_clear(slope);
    acb_clear(term);
    return status;
}

/* Whether a body is analytic wherever it has a value, by the functions in it. */
static int is_analytic(size_t index, const assay_run *run) {
    const assay_ball_instruction *head = run->program.code + index;
    for (const assay_ball_instruction *step = head + 1; step <= head + head->length; step++) {
        switch (step->op) {
        case ASSAY_BALL_ROOT:
            if (step->value != 2) return 0;
            break;
        case ASSAY_BALL_EXP:
        case ASSAY_BALL_LOG:
        case ASSAY_BALL_SIN:
        case ASSAY_BALL_COS:
        case ASSAY_BALL_TAN:
        case ASSAY_BALL_SINH:
        case ASSAY_BALL_COSH:
        case ASSAY_BALL_TANH: break;
        default:
            if (step->op > ASSAY_BALL_POWER_INTEGER) return 0;
        }
    }
    return 1;
}

typedef struct {
    assay_run *run;
    size_t index;
    int limited;
} integrand;

static int evaluate_integrand(
    acb_ptr out, const acb_t z, void *context, slong order, slong precision) {
    integrand *body = context;
    assay_run *run = body->run;
    const assay_ball_instruction *step = run->program.code + body->index;
    int status = ASSAY_BALL_LIMITED;
    if (!body->limited) {
        acb_set(run->slots + step->value, z);
        run->precision = precision;
        run->analytic = order != 0;
        status = assay_run_block(run, body->index + 1, body->index + 1 + (size_t)step->length);
    }
    if (status == ASSAY_BALL_LIMITED) body->limited = 1;
    if (status == ASSAY_BALL_OK) {
        acb_set(out, run->registers + body->index + step->length);
    } else {
        acb_indeterminate(out);
    }
    return 0;
}

/* Gauss-Legendre quadrature with proved error bounds (Johansson, arXiv:1802.07942); UNKNOWN where
 * it does not reach the wanted digits. */
static int rigorous(acb_t r, const arb_t low, const arb_t high, slong goal, size_t index,
    assay_run *run) {
    slong outer = run->precision;
    integrand body = {run, index, 0};
    acb_calc_integrate_opt_t options;
    acb_t from, to;
    mag_t tolerance;
    acb_init(from);
    acb_init(to);
    mag_init(tolerance);
    acb_set_arb(from, low);
    acb_set_arb(to, high);
    mag_set_ui_2exp_si(tolerance, 1, -goal);
    acb_calc_integrate_opt_init(options);
    options->eval_limit = 2000;
    options->depth_limit = 60;
    acb_calc_integrate(
        r, evaluate_integrand, &body, from, to, goal, tolerance, options, goal + 32);
    run->precision = outer;
    run->analytic = 0;
    mag_hypot(tolerance, arb_radref(acb_realref(r)), arb_radref(acb_imagref(r)));
    /* Digits count from the first one of large values. */
    mag_t size;
    mag_init(size);
    acb_get_mag(size, r);
    mag_add_ui(size, size, 1);
    mag_mul_2exp_si(size, size, 12 - goal);
    int close = acb_is_finite(r) && mag_cmp(tolerance, size) < 0;
    mag_clear(size);
    if (close) arb_zero(acb_imagref(r));
    acb_clear(from);
    acb_clear(to);
    mag_clear(tolerance);
    return body.limited ? ASSAY_BALL_LIMITED : close ? ASSAY_BALL_OK : ASSAY_BALL_UNKNOWN;
}

/* An integral of an analytic function between finite ends is enclosed rigorously. All others go by
 * double-exponential quadrature (Takahasi and Mori, 1974), which halves its step until two results
 * agree to the wanted digits: an estimate and no proof. */
int assay_run_integral(acb_t r, size_t index, assay_run *run) {
    const assay_ball_instruction step = run->program.code[index];
    slong outer = run->precision;
    slong goal = outer < 256 ? outer - 16 : outer < 1000 ? 400 : 700;
    int32_t real = is_analytic(index, run);
    int32_t ends = step.flags & (ASSAY_BALL_LOW_INFINITE | ASSAY_BALL_HIGH_INFINITE);
    arb_t low, high;
    acb_t total, previous, difference;
    int status = ASSAY_BALL_OK;
    if (!arb_is_zero(acb_imagref(run->registers + step.a))
        || !arb_is_zero(acb_imagref(run->registers + step.b))) {
        return ASSAY_BALL_UNDEFINED;
    }
    arb_init(low);
    arb_init(high);
    acb_init(total);
    acb_init(previous);
    acb_init(difference);
    if (!(ends & ASSAY_BALL_LOW_INFINITE)) arb_set(low, acb_realref(run->registers + step.a));
    if (!(ends & ASSAY_BALL_HIGH_INFINITE)) arb_set(high, acb_realref(run->registers + step.b));
    slong smallest = run->smallest;
    if (ends == 0 && real) {
        status = rigorous(r, low, high, goal, index, run);
        run->smallest = smallest;
        if (status != ASSAY_BALL_UNKNOWN) goto done;
        status = ASSAY_BALL_OK;
    }
    /* Singular ends other than 0 need twice the digits; the next precision gives them. */
    run->precision = outer > 1000 ? goal * 2 + 64 : goal + 96;
    int agreed = 0;
    for (slong level = 2; level <= 9 && !agreed && status == ASSAY_BALL_OK; level++) {
        slong stride = level == 2 ? 1 : 2;
        acb_set(previous, total);
        /* New nodes are the odd ones; the old sum keeps its nodes. */
        status = add_side(total, level == 2 ? 0 : 1, stride, level, 0, ends, low, high, goal + 8,
            index, run);
        if (status == ASSAY_BALL_OK) {
            status = add_side(
                total, 1, stride, level, 1, ends, low, high, goal + 8, index, run);
        }
        if (status != ASSAY_BALL_OK || level == 2) continue;
        acb_mul_2exp_si(difference, total, -1);
        acb_sub(difference, difference, previous, run->precision);
        acb_mul_2exp_si(difference, difference, 1 - level);
        mag_t size;
        mag_init(size);
        acb_get_mag(size, difference);
        /* Every level doubles the digits: after 3/5 of them, the last sum has them all. */
        agreed = mag_cmp_2exp_si(size, -goal * 3 / 5) < 0;
        if (agreed) {
            acb_mul_2exp_si(r, total, -level);
            mag_set_ui_2exp_si(size, 1, -goal + 4);
            arb_add_error_mag(acb_realref(r), size);
            if (!arb_is_zero(acb_imagref(r))) arb_add_error_mag(acb_imagref(r), size);
        }
        mag_clear(size);
    }
    run->precision = outer;
    run->smallest = smallest;
    if (status == ASSAY_BALL_OK && !agreed) status = ASSAY_BALL_UNKNOWN;
done:
    arb_clear(low);
    arb_clear(high);
    acb_clear(total);
    acb_clear(previous);
    acb_clear(difference);
    return status;
}

/* Terms of a series that are looked at: geometric ones are added up to FASTEST_TERMS, others are
 * transformed from LEVIN_TERMS of them. */
#define FASTEST_TERMS 2400
#define LEVIN_TERMS 150

/* The term of a series at a whole number. */
static int term_at(acb_t out, slong k, size_t index, assay_run *run) {
    arb_t x;
    arb_init(x);
    arb_set_si(x, k);
    int status = body_at(out, x, index, run);
    arb_clear(x);
    return status;
}

/* Adds terms as long as each is at most 9/10 of the one before, until they are below 2^-goal. */
static int geometric_series(acb_t r, slong first, slong goal, size_t index, assay_run *run) {
    acb_t term;
    mag_t size, last, share;
    int status = ASSAY_BALL_OK;
    int falling = 0, done = 0;
    acb_init(term);
    mag_init(size);
    mag_init(last);
    mag_init(share);
    acb_zero(r);
    for (slong k = 0; k < FASTEST_TERMS && !done; k++) {
        status = term_at(term, first + k, index, run);
        if (status != ASSAY_BALL_OK) break;
        acb_add(r, r, term, run->precision);
        acb_get_mag(size, term);
        mag_mul_ui(share, last, 9);
        mag_div_ui(share, share, 10);
        falling = k > 0 && mag_cmp(size, share) <= 0 ? falling + 1 : 0;
        /* Series that fall slowly at first are given 200 terms to begin. */
        if (k > 200 && falling == 0) break;
        done = falling >= 16 && mag_cmp_2exp_si(size, -goal - 8) < 0;
        mag_set(last, size);
    }
    if (done) {
        /* The rest is at most nine times the last term. */
        mag_mul_ui(size, size, 9);
        arb_add_error_mag(acb_realref(r), size);
        if (!arb_is_zero(acb_imagref(r))) arb_add_error_mag(acb_imagref(r), size);
    } else if (status == ASSAY_BALL_OK) {
        status = ASSAY_BALL_UNKNOWN;
    }
    acb_clear(term);
    mag_clear(size);
    mag_clear(last);
    mag_clear(share);
    return status;
}

/* Levin's u transform of the first `count` partial sums (Levin, 1973; Weniger, 1989). */
static void levin(acb_t r, acb_srcptr terms, slong count, slong precision) {
    acb_t top, bottom, sum, weight, scaled;
    arb_t factor;
    acb_init(top);
    acb_init(bottom);
    acb_init(sum);
    acb_init(weight);
    acb_init(scaled);
    arb_init(factor);
    for (slong j = 0; j < count; j++) {
        acb_add(sum, sum, terms + j, precision);
        if (acb_contains_zero(terms + j)) continue;
        /* (-1)^j C(n, j) (j + 1)^(n - 2) / a_j, with n = count - 1. */
        arb_bin_uiui(factor, (ulong)count - 1, (ulong)j, precision);
        acb_set_arb(weight, factor);
        arb_set_ui(factor, (ulong)j + 1);
        arb_pow_ui(factor, factor, (ulong)count - 3, precision);
        acb_mul_arb(weight, weight, factor, precision);
        acb_div(weight, weight, terms + j, precision);
        if (j % 2) acb_neg(weight, weight);
        acb_add(bottom, bottom, weight, precision);
        acb_mul(scaled, weight, sum, precision);
        acb_add(top, top, scaled, precision);
    }
    acb_div(r, top, bottom, precision);
    acb_clear(top);
    acb_clear(bottom);
    acb_clear(sum);
    acb_clear(weight);
    acb_clear(scaled);
    arb_clear(factor);
}

/* Whether terms fall as those of a convergent series do: to zero, and faster than 1/k where they
 * keep their sign. A transform gives divergent series a value too. */
static int falls(acb_srcptr terms) {
    acb_t ratio;
    mag_t late, early;
    slong half = LEVIN_TERMS / 2, last = LEVIN_TERMS - 1;
    acb_init(ratio);
    mag_init(late);
    mag_init(early);
    acb_div(ratio, terms + last, terms + last - 1, 64);
    acb_get_mag(late, terms + last);
    acb_get_mag_lower(early, terms + half);
    if (!arb_is_negative(acb_realref(ratio))) {
        mag_mul_ui(late, late, (ulong)last + 1);
        mag_mul_ui_lower(early, early, (ulong)half + 1);
    }
    mag_mul_ui(late, late, 100);
    mag_mul_ui_lower(early, early, 98);
    int falling = mag_cmp(late, early) < 0;
    acb_clear(ratio);
    mag_clear(late);
    mag_clear(early);
    return falling;
}

/* A series that falls like a power or alternates: two transforms must agree to 2^-goal. */
static int transformed_series(acb_t r, slong first, slong goal, size_t index, assay_run *run) {
    slong outer = run->precision;
    acb_ptr terms = _acb_vec_init(LEVIN_TERMS);
    acb_t other;
    mag_t size;
    int status = ASSAY_BALL_OK;
    acb_init(other);
    mag_init(size);
    run->precision = 2400;
    for (slong k = 0; k < LEVIN_TERMS && status == ASSAY_BALL_OK; k++) {
        status = term_at(terms + k, first + k, index, run);
    }
    if (status == ASSAY_BALL_OK && !falls(terms)) status = ASSAY_BALL_UNDEFINED;
    if (status == ASSAY_BALL_OK) {
        levin(r, terms, LEVIN_TERMS, run->precision);
        levin(other, terms, LEVIN_TERMS - 11, run->precision);
        acb_sub(other, other, r, run->precision);
        acb_get_mag(size, other);
        if (!acb_is_finite(r) || mag_cmp_2exp_si(size, -goal / 2) > 0) {
            status = ASSAY_BALL_UNKNOWN;
        } else {
            arb_add_error_mag(acb_realref(r), size);
            if (!arb_is_zero(acb_imagref(r))) arb_add_error_mag(acb_imagref(r), size);
        }
    }
    run->precision = outer;
    _acb_vec_clear(terms, LEVIN_TERMS);
    acb_clear(other);
    mag_clear(size);
    return status;
}

/* An infinite series. Estimates and no proofs: the radius is what is left of the terms, or the
 * difference of two transforms. */
int assay_run_series(acb_t r, size_t index, assay_run *run) {
    const assay_ball_instruction step = run->program.code[index];
    arb_srcptr from = acb_realref(run->registers + step.a);
    slong smallest = run->smallest;
    slong goal = run->precision < 256 ? run->precision - 16 : 400;
    fmpz_t low;
    fmpz_init(low);
    int whole = arb_is_int(from) && arb_get_unique_fmpz(low, from) && fmpz_bits(low) < 40;
    slong first = whole ? fmpz_get_si(low) : 0;
    fmpz_clear(low);
    if (!whole) return ASSAY_BALL_UNDEFINED;
    int status = geometric_series(r, first, goal, index, run);
    if (status == ASSAY_BALL_UNKNOWN) {
        status = transformed_series(r, first, goal, index, run);
    }
    run->smallest = smallest;
    return status;
}

/* The slot's value on the way to the limit: 2^-distance beside a point, ±2^distance towards
 * infinity, exact in either case. */
static void approach(arb_t x, const arb_t point, slong distance, int32_t flags, int below,
    slong bits) {
    arb_one(x);
    if (flags & (ASSAY_BALL_LOW_INFINITE | ASSAY_BALL_HIGH_INFINITE)) {
        arb_mul_2exp_si(x, x, distance);
        if (flags & ASSAY_BALL_LOW_INFINITE) arb_neg(x, x);
        return;
    }
    arb_mul_2exp_si(x, x, -distance);
    if (below) arb_neg(x, x);
    arb_add(x, point, x, bits);
}

/* A limit as the value that a function takes, to 350 bits, at points within 2^-400 of it, from
 * each side that is meant. An estimate and no proof. */
int assay_run_limit(acb_t r, size_t index, assay_run *run) {
    const assay_ball_instruction step = run->program.code[index];
    slong outer = run->precision;
    slong smallest = run->smallest;
    arb_t x, point;
    acb_t value, difference;
    mag_t size;
    int status = ASSAY_BALL_OK;
    int infinite = step.flags & (ASSAY_BALL_LOW_INFINITE | ASSAY_BALL_HIGH_INFINITE);
    arb_init(x);
    arb_init(point);
    acb_init(value);
    acb_init(difference);
    mag_init(size);
    if (!infinite) arb_set(point, acb_realref(run->registers + step.a));
    run->precision = 3200;
    int seen = 0;
    for (int below = 0; below < 2 && status == ASSAY_BALL_OK; below++) {
        if (below && (infinite || (step.flags & ASSAY_BALL_FROM_ABOVE))) continue;
        if (!below && (step.flags & ASSAY_BALL_FROM_BELOW)) continue;
        for (slong distance = 400; distance <= 440 && status == ASSAY_BALL_OK; distance += 40) {
            approach(x, point, distance, step.flags, below, run->precision);
            status = body_at(value, x, index, run);
            if (status != ASSAY_BALL_OK) break;
            if (!seen) {
                acb_set(r, value);
                seen = 1;
                continue;
            }
            acb_sub(difference, value, r, run->precision);
            acb_get_mag(size, difference);
            if (mag_cmp_2exp_si(size, -350) > 0) status = ASSAY_BALL_UNKNOWN;
        }
    }
    if (status == ASSAY_BALL_OK) {
        mag_set_ui_2exp_si(size, 1, -349);
        arb_add_error_mag(acb_realref(r), size);
        if (!arb_is_zero(acb_imagref(r))) arb_add_error_mag(acb_imagref(r), size);
    }
    run->precision = outer;
    run->smallest = smallest;
    arb_clear(x);
    arb_clear(point);
    acb_clear(value);
    acb_clear(difference);
    mag_clear(size);
    return status;
}
