#include <stdlib.h>
#include <string.h>

#include "CKernels.h"
#include "tables.h"

static int machine_isa(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq"))
        return CK_AVX512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return CK_AVX2;
#endif
    return CK_PORTABLE;
}

int32_t ck_best_isa(void) {
    int best = machine_isa();
    const char *wanted = getenv("ASSAY_ISA");
    if (!wanted) return best;
    int cap = best;
    if (!strcmp(wanted, "portable")) cap = CK_PORTABLE;
    if (!strcmp(wanted, "avx2")) cap = CK_AVX2;
    return cap < best ? cap : best;
}

const ck_table *ck_table_for(int32_t isa) {
    if (isa < 0 || isa > machine_isa()) return NULL;
#if defined(__x86_64__)
    if (isa == CK_AVX512) return &ck_table_avx512;
    if (isa == CK_AVX2) return &ck_table_avx2;
#endif
    return &ck_table_portable;
}
