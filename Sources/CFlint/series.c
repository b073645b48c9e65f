#include "quadrature.h"

/* Terms of a series that are looked at: geometric ones are added up to FASTEST_TERMS, others are
 * transformed from LEVIN_TERMS of them. */
#define FASTEST_TERMS 2400
#define LEVIN_TERMS 150

/* The term of a series at a whole number. */
static int term_at(acb_t out, slong k, size_t index, assay_run *run) {
    arb_t x;
    arb_init(x);
    arb_set_si(x, k);
    int status = assay_body_at(out, x, index, run);
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
