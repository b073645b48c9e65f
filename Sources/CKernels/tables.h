#ifndef ASSAY_KERNEL_TABLES_H
#define ASSAY_KERNEL_TABLES_H
#include "CKernels.h"
extern const ck_table ck_table_portable;
#if defined(__x86_64__)
extern const ck_table ck_table_avx2, ck_table_avx512;
#endif
// Called in each thread before it works; only the first call does something.
void ck_prepare_thread(void);
#endif
