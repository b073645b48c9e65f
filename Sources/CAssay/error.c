#include "assay.h"
#include "assay_error.h"

#include <stdio.h>

// A thread's own, without a destructor: texts longer than this are cut.
static _Thread_local char last_error[4096];
static _Thread_local char last_remedy[1024];

const char *assay_version(void) { return "0.1.0"; }

const char *assay_last_error(void) { return last_error; }

const char *assay_last_remedy(void) { return last_remedy; }

void assay_set_error(const char *error, const char *remedy) {
    snprintf(last_error, sizeof last_error, "%s", error);
    snprintf(last_remedy, sizeof last_remedy, "%s", remedy);
}
