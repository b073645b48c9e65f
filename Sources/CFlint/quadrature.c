#include "quadrature.h"

#if __has_include(<flint/acb_calc.h>)
#include <flint/acb_calc.h>
#else
#include <acb_calc.h>
#endif

/* The value of a body at one point of its slot. */
int assay_body_at(acb_t out, const arb_t x, size_t index, assay_run *run) {
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
        status = assay_body_at(term, x, index, run);
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

/* Places on the way to a limit. They follow no period: what oscillates takes several values at
 * them, and what steps is met on both sides of a step. */
enum { APPROACHES = 4 };

/* The slot's value at a place: near 2^-distance beside a point, about ±2^distance towards
 * infinity, exact in either case. */
static void approach(arb_t x, const arb_t point, int place, int32_t flags, int below, slong bits) {
    static const slong distances[APPROACHES] = {400, 401, 400, 420};
    static const ulong offsets[APPROACHES] = {0, 1, 5, 3};
    /* Sixteenths: 1/x is no whole number. */
    static const ulong factors[APPROACHES] = {13, 11, 7, 19};
    slong distance = distances[place];
    if (flags & (ASSAY_BALL_LOW_INFINITE | ASSAY_BALL_HIGH_INFINITE)) {
        arb_one(x);
        arb_mul_2exp_si(x, x, distance);
        if (flags & ASSAY_BALL_WHOLE) {
            arb_add_ui(x, x, offsets[place], bits);
        } else {
            arb_mul_2exp_si(x, x, 4);
            arb_add_ui(x, x, 5 + 6 * (ulong)place, bits);
            arb_mul_2exp_si(x, x, -4);
        }
        if (flags & ASSAY_BALL_LOW_INFINITE) arb_neg(x, x);
        return;
    }
    arb_set_ui(x, factors[place]);
    arb_mul_2exp_si(x, x, -distance - 4);
    if (below) arb_neg(x, x);
    arb_add(x, point, x, bits);
}

/* The body's value at a place, to within 2^-360 where 3200 bits give that; most bodies need fewer. */
static int value_near(acb_t value, const arb_t x, size_t index, assay_run *run) {
    mag_t radius;
    int status = ASSAY_BALL_UNKNOWN;
    int wide = 1;
    mag_init(radius);
    for (run->precision = 1200; wide && run->precision <= 3200; run->precision += 2000) {
        status = assay_body_at(value, x, index, run);
        if (status == ASSAY_BALL_LIMITED) break;
        if (status != ASSAY_BALL_OK) continue;
        mag_hypot(radius, arb_radref(acb_realref(value)), arb_radref(acb_imagref(value)));
        wide = mag_cmp_2exp_si(radius, -360) > 0;
    }
    mag_clear(radius);
    return status;
}

/* A limit as the one value that a function takes, to 350 bits, at all places within 2^-400 of it,
 * from each side that is meant. An estimate and no proof. */
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
    int seen = 0;
    for (int below = 0; below < 2 && status == ASSAY_BALL_OK; below++) {
        if (below && (infinite || (step.flags & ASSAY_BALL_FROM_ABOVE))) continue;
        if (!below && (step.flags & ASSAY_BALL_FROM_BELOW)) continue;
        for (int place = 0; place < APPROACHES && status == ASSAY_BALL_OK; place++) {
            if (place == 3 && !(step.flags & ASSAY_BALL_WHOLE)) break;
            approach(x, point, place, step.flags, below, 3200);
            status = value_near(value, x, index, run);
            if (status != ASSAY_BALL_OK) break;
            if (!seen) {
                acb_set(r, value);
                seen = 1;
                continue;
            }
            acb_sub(difference, value, r, 3200);
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
