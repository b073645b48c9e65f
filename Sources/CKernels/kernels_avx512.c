#include <math.h>
#include <string.h>

#include "tables.h"
#if defined(__x86_64__)
#define LANES 16
#define TILE_ROWS 14
#define TABLE ck_table_avx512
#define TABLE_NAME "avx512"
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,fma"))), apply_to = function)
#include "kernels_body.h"
#pragma clang attribute pop
#endif
