#ifndef ASSAY_SPAWNING_H
#define ASSAY_SPAWNING_H

#include <sys/types.h>

/// One descriptor of the child: `target` there is `source` here.
struct assay_descriptor {
    int source;
    int target;
};

/// Starts `words[0]`, looked up on the PATH, as the leader of a process group of its own.
///
/// The child has `descriptors` and no other descriptor above standard error, no blocked signal and
/// the usual handling of SIGINT, SIGTERM and SIGPIPE. `environment` NULL is the caller's;
/// `directory` NULL is the caller's. Sources must lie above every target. Returns 0 or an errno.
int assay_spawn(
    pid_t *pid, char *const words[], char *const environment[], const char *directory,
    const struct assay_descriptor *descriptors, int count);

#endif
