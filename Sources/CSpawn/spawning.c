#define _GNU_SOURCE 1
#include "spawning.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <unistd.h>

#ifdef __GLIBC__
#if __GLIBC_PREREQ(2, 34)
#define HAVE_CLOSE_FROM 1
#endif
#endif

extern char **environ;

static int set_actions(
    posix_spawn_file_actions_t *actions, const char *directory,
    const struct assay_descriptor *descriptors, int count) {
    int above = 3, error = 0;
    for (int i = 0; i < count && !error; i++) {
        error = posix_spawn_file_actions_adddup2(
            actions, descriptors[i].source, descriptors[i].target);
        if (descriptors[i].target >= above) above = descriptors[i].target + 1;
    }
    if (!error && directory) error = posix_spawn_file_actions_addchdir_np(actions, directory);
#if HAVE_CLOSE_FROM
    if (!error) error = posix_spawn_file_actions_addclosefrom_np(actions, above);
#endif
    return error;
}

int assay_spawn(
    pid_t *pid, char *const words[], char *const environment[], const char *directory,
    const struct assay_descriptor *descriptors, int count) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int error = posix_spawn_file_actions_init(&actions);
    if (error) return error;
    error = posix_spawnattr_init(&attributes);
    if (error) {
        posix_spawn_file_actions_destroy(&actions);
        return error;
    }
    sigset_t none, usual;
    sigemptyset(&none);
    sigemptyset(&usual);
    sigaddset(&usual, SIGINT);
    sigaddset(&usual, SIGTERM);
    sigaddset(&usual, SIGPIPE);
    short flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
#ifdef POSIX_SPAWN_CLOEXEC_DEFAULT
    flags |= POSIX_SPAWN_CLOEXEC_DEFAULT;
#endif
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, flags);
    error = set_actions(&actions, directory, descriptors, count);
    if (!error)
        error = posix_spawnp(
            pid, words[0], &actions, &attributes, words, environment ? environment : environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}
