// FLINT with Arb, which FLINT 3 contains and FLINT 2 leaves to a library of its own.
#include <flint/flint.h>
#if __has_include(<flint/arb.h>)
#include <flint/arb.h>
#else
#include <arb.h>
#endif
