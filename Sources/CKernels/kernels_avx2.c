#include <math.h>
#include <string.h>

#include "tables.h"
#if defined(__x86_64__)
#define LANES 8
#define TILE_ROWS 6
#define TABLE ck_table_avx2
#define TABLE_NAME "avx2"
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "kernels_body.h"
#pragma clang attribute pop
#endif
