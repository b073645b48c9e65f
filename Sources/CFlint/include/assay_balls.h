/* Rigorous evaluation of expressions in balls (midpoint ± radius, Arb).
 *
 * An expression comes as a flat program: instruction i writes register i, operands are earlier
 * registers. Instructions with a body (sums, integrals, …) own the `length` instructions that
 * follow them; the last of these is the body's value, and it may read every earlier register.
 *
 * Functions without shared state: any number of threads may call them. */
#ifndef ASSAY_BALLS_H
#define ASSAY_BALLS_H
#include <stddef.h>
#include <stdint.h>

#include "assay_integers.h"

typedef enum {
    ASSAY_BALL_INTEGER,  /* the machine integer `value` */
    ASSAY_BALL_LARGE,    /* integer number `value` of the pool */
    ASSAY_BALL_SLOT,     /* the variable in slot `value` */
    ASSAY_BALL_PI,
    ASSAY_BALL_E,
    ASSAY_BALL_I,
    ASSAY_BALL_COPY,
    ASSAY_BALL_ADD,
    ASSAY_BALL_SUBTRACT,
    ASSAY_BALL_MULTIPLY,
    ASSAY_BALL_DIVIDE,
    ASSAY_BALL_NEGATE,
    ASSAY_BALL_POWER,
    ASSAY_BALL_POWER_INTEGER, /* a ^ value */
    ASSAY_BALL_ROOT,          /* the root of degree `value` of a */
    ASSAY_BALL_EXP,
    ASSAY_BALL_LOG,
    ASSAY_BALL_SIN,
    ASSAY_BALL_COS,
    ASSAY_BALL_TAN,
    ASSAY_BALL_COT,
    ASSAY_BALL_SEC,
    ASSAY_BALL_CSC,
    ASSAY_BALL_ASIN,
    ASSAY_BALL_ACOS,
    ASSAY_BALL_ATAN,
    ASSAY_BALL_ACOT,
    ASSAY_BALL_ASEC,
    ASSAY_BALL_ACSC,
    ASSAY_BALL_SINH,
    ASSAY_BALL_COSH,
    ASSAY_BALL_TANH,
    ASSAY_BALL_COTH,
    ASSAY_BALL_SECH,
    ASSAY_BALL_CSCH,
    ASSAY_BALL_ASINH,
    ASSAY_BALL_ACOSH,
    ASSAY_BALL_ATANH,
    ASSAY_BALL_ABS,
    ASSAY_BALL_SIGN,
    ASSAY_BALL_FLOOR,
    ASSAY_BALL_CEIL,
    ASSAY_BALL_FACTORIAL,
    ASSAY_BALL_GAMMA,
    ASSAY_BALL_BINOMIAL, /* a over b */
    ASSAY_BALL_MIN,
    ASSAY_BALL_MAX,
    ASSAY_BALL_REAL,
    ASSAY_BALL_IMAGINARY,
    ASSAY_BALL_CONJUGATE,
    ASSAY_BALL_ARGUMENT,
    /* With a body of `length` instructions over slot `value`. */
    ASSAY_BALL_SUM,      /* from register a to b in steps of 1; flags tell whether b is infinite */
    ASSAY_BALL_PRODUCT,
    ASSAY_BALL_INTEGRAL, /* from a to b; flags tell which ends are infinite */
    ASSAY_BALL_LIMIT     /* as the slot tends to a; flags tell from where */
} assay_ball_op;

enum {
    ASSAY_BALL_LOW_INFINITE = 1,  /* the lower end, or the point of a limit, is -infinity */
    ASSAY_BALL_HIGH_INFINITE = 2, /* the upper end, or the point of a limit, is infinity */
    ASSAY_BALL_FROM_ABOVE = 4,
    ASSAY_BALL_FROM_BELOW = 8,
    ASSAY_BALL_WHOLE = 16 /* the slot of a limit towards infinity runs through whole numbers */
};

typedef struct {
    int32_t op;
    int32_t a, b;
    int32_t length;
    int32_t flags;
    int64_t value;
} assay_ball_instruction;

typedef struct {
    const assay_ball_instruction *code;
    size_t count;
    const assay_int *pool;
} assay_ball_program;

/* A variable's value: (real + imaginary · i) / denominator. */
typedef struct {
    int64_t real, imaginary, denominator;
} assay_ball_point;

typedef enum {
    ASSAY_BALL_OK,
    /* No value at this point: a quotient by zero, a logarithm of a negative number. */
    ASSAY_BALL_UNDEFINED,
    /* The ball is too wide to say; more precision may help. */
    ASSAY_BALL_UNKNOWN,
    /* More steps than `steps`, or a number beyond all bounds. */
    ASSAY_BALL_LIMITED
} assay_ball_status;

typedef struct {
    int32_t left, right; /* assay_ball_status of each side */
    int32_t separated;   /* the balls are disjoint: the values differ, proved */
    int32_t agree;       /* they agree to 340 bits below the smallest number in either program */
    double shown[4];     /* real and imaginary part of left and right, for people */
} assay_ball_comparison;

/* Evaluates both programs at one point. `complex` allows values off the real line. `steps` is
 * counted down. */
void assay_ball_compare(
    assay_ball_program left, assay_ball_program right, const assay_ball_point *slots,
    size_t slot_count, int32_t complex, int64_t precision, int64_t *steps,
    assay_ball_comparison *out);

/* The sign of a real program, -1, 0 (exactly zero) or 1 in `sign`; the status is UNKNOWN where the
 * ball holds zero. */
int32_t assay_ball_sign(
    assay_ball_program program, const assay_ball_point *slots, size_t slot_count,
    int64_t precision, int64_t *steps, int32_t *sign);
#endif
