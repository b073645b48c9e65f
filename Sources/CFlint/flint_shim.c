#include "CFlint.h"

#include <string.h>

#include <flint/flint.h>
#include <flint/fmpz.h>
/* FLINT 3 carries Arb; FLINT 2 has it apart. */
#if __has_include(<flint/arb.h>)
#include <flint/arb.h>
#elif __has_include(<arb.h>)
#include <arb.h>
#endif

static void load(fmpz_t value, assay_int a) {
    fmpz_init(value);
    if (a.count > 0) {
        fmpz_set_ui_array(value, (const ulong *)a.limbs, (slong)a.count);
        /* Not fmpz_neg: it is inline over GMP, which is not linked by name. */
        if (a.negative) fmpz_mul_si(value, value, -1);
    }
}

static int32_t store(const fmpz_t value, assay_int_out *out) {
    fmpz_t magnitude;
    size_t count = (size_t)fmpz_size(value);
    if (count > out->capacity) return 0;
    out->count = count;
    out->negative = fmpz_sgn(value) < 0;
    if (count == 0) return 1;
    fmpz_init(magnitude);
    fmpz_abs(magnitude, value);
    fmpz_get_ui_array((ulong *)out->limbs, (slong)count, magnitude);
    fmpz_clear(magnitude);
    return 1;
}

int32_t assay_int_combine(assay_int_op op, assay_int a, assay_int b, assay_int_out *out) {
    fmpz_t x, y, r;
    int32_t stored;
    load(x, a);
    load(y, b);
    fmpz_init(r);
    switch (op) {
    case ASSAY_ADD: fmpz_add(r, x, y); break;
    case ASSAY_SUBTRACT: fmpz_sub(r, x, y); break;
    case ASSAY_MULTIPLY: fmpz_mul(r, x, y); break;
    case ASSAY_GCD: fmpz_gcd(r, x, y); break;
    case ASSAY_QUOTIENT:
        if (!fmpz_is_zero(y)) fmpz_fdiv_q(r, x, y);
        break;
    case ASSAY_REMAINDER:
        if (!fmpz_is_zero(y)) fmpz_fdiv_r(r, x, y);
        break;
    }
    stored = store(r, out);
    fmpz_clear(x);
    fmpz_clear(y);
    fmpz_clear(r);
    return stored;
}

int32_t assay_int_power(assay_int a, uint32_t exponent, assay_int_out *out) {
    fmpz_t x, r;
    int32_t stored;
    load(x, a);
    fmpz_init(r);
    fmpz_pow_ui(r, x, exponent);
    stored = store(r, out);
    fmpz_clear(x);
    fmpz_clear(r);
    return stored;
}

int32_t assay_int_factorial(uint32_t n, assay_int_out *out) {
    fmpz_t r;
    int32_t stored;
    fmpz_init(r);
    fmpz_fac_ui(r, n);
    stored = store(r, out);
    fmpz_clear(r);
    return stored;
}

int32_t assay_int_binomial(uint32_t n, uint32_t k, assay_int_out *out) {
    fmpz_t r;
    int32_t stored;
    fmpz_init(r);
    fmpz_bin_uiui(r, n, k);
    stored = store(r, out);
    fmpz_clear(r);
    return stored;
}

int32_t assay_int_root(assay_int a, uint32_t degree, assay_int_out *out, int32_t *exact) {
    fmpz_t x, r, p;
    int32_t stored;
    *exact = 0;
    load(x, a);
    fmpz_init(r);
    fmpz_init(p);
    if (fmpz_sgn(x) >= 0 && degree >= 1) {
        fmpz_root(r, x, (slong)degree);
        fmpz_pow_ui(p, r, degree);
        *exact = fmpz_equal(p, x);
    }
    stored = store(r, out);
    fmpz_clear(x);
    fmpz_clear(r);
    fmpz_clear(p);
    return stored;
}

int32_t assay_int_parse(const char *text, int32_t base, assay_int_out *out) {
    fmpz_t r;
    int32_t stored = 0;
    fmpz_init(r);
    if (base >= 2 && base <= 36 && fmpz_set_str(r, text, base) == 0) stored = store(r, out);
    fmpz_clear(r);
    return stored;
}

int32_t assay_int_write(assay_int a, char *text, size_t capacity) {
    fmpz_t x;
    int32_t fits;
    load(x, a);
    fits = fmpz_sizeinbase(x, 10) + 2 <= capacity;
    if (fits) fmpz_get_str(text, 10, x);
    fmpz_clear(x);
    return fits;
}

const char *assay_flint_version(void) { return FLINT_VERSION; }

void assay_flint_release_thread(void) { flint_cleanup(); }
