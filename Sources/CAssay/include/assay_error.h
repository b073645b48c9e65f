#ifndef ASSAY_ERROR_H
#define ASSAY_ERROR_H

/// Keeps why the calling thread's last call failed; empty texts where it did not.
void assay_set_error(const char *error, const char *remedy);

#endif
