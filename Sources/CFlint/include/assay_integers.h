/* Integers of any size on FLINT, for callers that keep their own limbs.
 *
 * Nothing of FLINT is kept between calls, so values may move between threads freely. Every
 * function assumes what its comment asks for: FLINT aborts the process on misuse. */
#ifndef ASSAY_INTEGERS_H
#define ASSAY_INTEGERS_H
#include <stddef.h>
#include <stdint.h>

/* Little-endian limbs; `count` has no leading zero limb, zero is count 0. */
typedef struct {
    const uint64_t *limbs;
    size_t count;
    int32_t negative;
} assay_int;

/* Where a result goes: `capacity` limbs at `limbs`; `count` and `negative` are filled in. */
typedef struct {
    uint64_t *limbs;
    size_t capacity;
    size_t count;
    int32_t negative;
} assay_int_out;

typedef enum {
    ASSAY_ADD = 0,
    ASSAY_SUBTRACT = 1,
    ASSAY_MULTIPLY = 2,
    ASSAY_GCD = 3,
    /* Quotient rounded toward negative infinity; b is not zero. */
    ASSAY_QUOTIENT = 4,
    /* Remainder of that quotient; b is not zero. */
    ASSAY_REMAINDER = 5
} assay_int_op;

/* All functions return 1, or 0 where `out` is too small. */
int32_t assay_int_combine(assay_int_op op, assay_int a, assay_int b, assay_int_out *out);
/* a ^ exponent. */
int32_t assay_int_power(assay_int a, uint32_t exponent, assay_int_out *out);
/* n! */
int32_t assay_int_factorial(uint32_t n, assay_int_out *out);
/* n over k. */
int32_t assay_int_binomial(uint32_t n, uint32_t k, assay_int_out *out);
/* Largest r with r^degree <= a; a >= 0, degree >= 1. `exact` tells whether r^degree = a. */
int32_t assay_int_root(assay_int a, uint32_t degree, assay_int_out *out, int32_t *exact);
/* Reads `text`, a NUL-terminated run of digits of `base`, 2...36. */
int32_t assay_int_parse(const char *text, int32_t base, assay_int_out *out);
/* Writes decimal digits with a NUL; `capacity` bytes. */
int32_t assay_int_write(assay_int a, char *text, size_t capacity);
/* FLINT's version, a static string. */
const char *assay_flint_version(void);
/* Frees what FLINT caches for the calling thread; call it before a thread ends. */
void assay_flint_release_thread(void);
#endif
