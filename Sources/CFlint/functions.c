#include "run.h"

int assay_is_real(const acb_t z) { return arb_is_zero(acb_imagref(z)); }

void assay_load_integer(fmpz_t out, assay_int a) {
    fmpz_set_ui_array(out, (const ulong *)a.limbs, (slong)a.count);
    if (a.negative) fmpz_mul_si(out, out, -1);
}


int assay_even_root(acb_t r, const acb_t a, ulong degree, assay_run *run) {
    if (!assay_is_real(a) && degree == 2) {
        acb_sqrt_analytic(r, a, run->analytic, run->precision);
        return ASSAY_BALL_OK;
    }
    if (!assay_is_real(a)) {
        if (run->analytic) return ASSAY_BALL_UNKNOWN;
        acb_root_ui(r, a, degree, run->precision);
        return ASSAY_BALL_OK;
    }
    if (arb_is_negative(acb_realref(a))) {
        if (!run->complex) return ASSAY_BALL_UNDEFINED;
        acb_root_ui(r, a, degree, run->precision);
        return ASSAY_BALL_OK;
    }
    if (arb_contains_nonpositive(acb_realref(a))) {
        /* Zero to all digits: its root lies within the root of the bound. */
        mag_t bound;
        mag_init(bound);
        arb_get_mag(bound, acb_realref(a));
        mag_root(bound, bound, degree);
        acb_zero(r);
        arb_add_error_mag(acb_realref(r), bound);
        mag_clear(bound);
        return ASSAY_BALL_OK;
    }
    arb_root_ui(acb_realref(r), acb_realref(a), degree, run->precision);
    arb_zero(acb_imagref(r));
    return ASSAY_BALL_OK;
}

/* Odd roots of real numbers are real. */
int assay_odd_root(acb_t r, const acb_t a, ulong degree, assay_run *run) {
    if (!assay_is_real(a)) {
        if (run->analytic) return ASSAY_BALL_UNKNOWN;
        acb_root_ui(r, a, degree, run->precision);
        return ASSAY_BALL_OK;
    }
    if (arb_is_negative(acb_realref(a))) {
        acb_neg(r, a);
        arb_root_ui(acb_realref(r), acb_realref(r), degree, run->precision);
        acb_neg(r, r);
        return ASSAY_BALL_OK;
    }
    return assay_even_root(r, a, degree, run);
}

int assay_logarithm(acb_t r, const acb_t a, assay_run *run) {
    if (acb_is_zero(a)) return ASSAY_BALL_UNDEFINED;
    if (assay_is_real(a) && !run->complex && arb_is_negative(acb_realref(a))) {
        return ASSAY_BALL_UNDEFINED;
    }
    if (acb_contains_zero(a)) return ASSAY_BALL_UNKNOWN;
    acb_log_analytic(r, a, run->analytic, run->precision);
    return ASSAY_BALL_OK;
}

int assay_power_integer(acb_t r, const acb_t a, const fmpz_t n, assay_run *run) {
    if (fmpz_sgn(n) < 0) {
        if (acb_is_zero(a)) return ASSAY_BALL_UNDEFINED;
        if (acb_contains_zero(a)) return ASSAY_BALL_UNKNOWN;
    }
    if (fmpz_bits(n) > 512) return ASSAY_BALL_LIMITED;
    if (fmpz_bits(n) > 8) assay_run_charge(run, (int64_t)fmpz_bits(n));
    acb_pow_fmpz(r, a, n, run->precision);
    return ASSAY_BALL_OK;
}

int assay_power_word(acb_t r, const acb_t a, int64_t exponent, assay_run *run) {
    /* By way of a limb: fmpz_set_si is inline over GMP, which is not linked by name. */
    uint64_t magnitude = exponent < 0 ? 0 - (uint64_t)exponent : (uint64_t)exponent;
    fmpz_t n;
    fmpz_init(n);
    assay_load_integer(n, (assay_int){&magnitude, magnitude != 0, exponent < 0});
    int status = assay_power_integer(r, a, n, run);
    fmpz_clear(n);
    return status;
}

int assay_power(acb_t r, const acb_t a, const acb_t b, assay_run *run) {
    if (assay_is_real(b) && arb_is_int(acb_realref(b))) {
        fmpz_t n;
        fmpz_init(n);
        int known = arb_get_unique_fmpz(n, acb_realref(b));
        int status = known ? assay_power_integer(r, a, n, run) : ASSAY_BALL_UNKNOWN;
        fmpz_clear(n);
        return status;
    }
    if (acb_is_zero(a)) {
        if (!arb_is_positive(acb_realref(b))) return ASSAY_BALL_UNDEFINED;
        acb_zero(r);
        return ASSAY_BALL_OK;
    }
    if (assay_is_real(a) && assay_is_real(b) && !run->complex && arb_is_negative(acb_realref(a))) {
        return ASSAY_BALL_UNDEFINED;
    }
    if (acb_contains_zero(a)) return ASSAY_BALL_UNKNOWN;
    assay_run_charge(run, 30);
    acb_pow_analytic(r, a, b, run->analytic, run->precision);
    return ASSAY_BALL_OK;
}

/* arcsin x = atan2(x, sqrt(1 - x²)), which holds where a ball reaches past 1 by its radius. */
int assay_inverse_sine(acb_t r, const acb_t a, int cosine, assay_run *run) {
    slong precision = run->precision;
    if (!assay_is_real(a) || run->complex) {
        cosine ? acb_acos(r, a, precision) : acb_asin(r, a, precision);
        return ASSAY_BALL_OK;
    }
    arb_t rest, one;
    int status = ASSAY_BALL_OK;
    arb_init(rest);
    arb_init(one);
    arb_one(one);
    arb_mul(rest, acb_realref(a), acb_realref(a), precision);
    arb_sub(rest, one, rest, precision);
    if (arb_is_negative(rest)) {
        status = ASSAY_BALL_UNDEFINED;
    } else {
        arb_sqrtpos(rest, rest, precision);
        arb_t angle;
        arb_init(angle);
        if (cosine) {
            arb_atan2(angle, rest, acb_realref(a), precision);
        } else {
            arb_atan2(angle, acb_realref(a), rest, precision);
        }
        arb_set(acb_realref(r), angle);
        arb_zero(acb_imagref(r));
        arb_clear(angle);
    }
    arb_clear(rest);
    arb_clear(one);
    return status;
}

/* 1/a, as the argument of an inverse reciprocal function. */
int assay_reciprocal(acb_t r, const acb_t a, assay_run *run) {
    if (acb_is_zero(a)) return ASSAY_BALL_UNDEFINED;
    if (acb_contains_zero(a)) return ASSAY_BALL_UNKNOWN;
    acb_inv(r, a, run->precision);
    return ASSAY_BALL_OK;
}

int assay_real_function(acb_t r, const acb_t a, int32_t op, assay_run *run) {
    if (!assay_is_real(a)) return ASSAY_BALL_UNDEFINED;
    arb_srcptr x = acb_realref(a);
    switch (op) {
    case ASSAY_BALL_FLOOR: arb_floor(acb_realref(r), x, run->precision); break;
    case ASSAY_BALL_CEIL: arb_ceil(acb_realref(r), x, run->precision); break;
    default:
        if (!arb_is_zero(x) && arb_contains_zero(x)) return ASSAY_BALL_UNKNOWN;
        arb_sgn(acb_realref(r), x);
        break;
    }
    arb_zero(acb_imagref(r));
    return arb_is_exact(acb_realref(r)) ? ASSAY_BALL_OK : ASSAY_BALL_UNKNOWN;
}

int assay_gamma_function(acb_t r, const acb_t a, assay_run *run) {
    if (assay_is_real(a) && arb_is_int(acb_realref(a)) && arb_is_nonpositive(acb_realref(a))) {
        return ASSAY_BALL_UNDEFINED;
    }
    mag_t size;
    mag_init(size);
    acb_get_mag(size, a);
    int huge = mag_cmp_2exp_si(size, 40) > 0;
    mag_clear(size);
    if (huge) return ASSAY_BALL_LIMITED;
    if (!assay_is_real(a) || !arb_is_int(acb_realref(a))) assay_run_charge(run, 36);
    acb_gamma(r, a, run->precision);
    return ASSAY_BALL_OK;
}

int assay_binomial(acb_t r, const acb_t n, const acb_t k, assay_run *run) {
    fmpz_t count;
    fmpz_init(count);
    int whole = assay_is_real(k) && arb_is_int(acb_realref(k))
        && arb_get_unique_fmpz(count, acb_realref(k));
    slong lower = whole && fmpz_fits_si(count) ? fmpz_get_si(count) : WORD_MAX;
    fmpz_clear(count);
    if (whole && lower < 0) {
        acb_zero(r);
        return ASSAY_BALL_OK;
    }
    if (whole && lower <= 1000 && assay_is_real(n)) {
        arb_bin_ui(acb_realref(r), acb_realref(n), (ulong)lower, run->precision);
        arb_zero(acb_imagref(r));
        return ASSAY_BALL_OK;
    }
    acb_t top, bottom;
    acb_init(top);
    acb_init(bottom);
    acb_add_ui(top, n, 1, run->precision);
    int status = assay_gamma_function(r, top, run);
    acb_add_ui(bottom, k, 1, run->precision);
    if (status == ASSAY_BALL_OK) status = assay_gamma_function(top, bottom, run);
    if (status == ASSAY_BALL_OK) {
        acb_div(r, r, top, run->precision);
        acb_sub(bottom, n, k, run->precision);
        acb_add_ui(bottom, bottom, 1, run->precision);
        /* 1/Γ is 0 at the poles: no subset is larger than its set. */
        acb_rgamma(top, bottom, run->precision);
        acb_mul(r, r, top, run->precision);
    }
    acb_clear(top);
    acb_clear(bottom);
    return status;
}
