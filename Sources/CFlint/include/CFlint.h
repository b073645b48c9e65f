#ifndef ASSAY_FLINT_H
#define ASSAY_FLINT_H
#endif
