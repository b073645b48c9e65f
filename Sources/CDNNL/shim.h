// oneDNN's C interface, 2.x and 3.x alike; CKernels wraps the few calls that we make.
#include <oneapi/dnnl/dnnl.h>
