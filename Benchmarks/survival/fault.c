// Preloaded into a process (LD_PRELOAD), counts its calls that change files below a folder, and makes
// one of them fail, or ends the process there. The file system is asked by nobody else: what a process
// leaves behind at that call is what a later one finds.
//
//   FAULT_ROOT    the folder, an absolute path without links
//   FAULT         MODE:N, the N-th call counts from 1:
//                   kill     SIGKILL before the call
//                   tear     SIGKILL, of a write after its first half
//                   eio      the call fails with EIO, once
//                   enospc   from this call on whatever needs space fails with ENOSPC
//                   edquot   the same with EDQUOT
//                 or MODE:K, for every K-th write of the whole run:
//                   eintr    the write fails with EINTR, and may be called again
//                   short    the write takes only the first half
//   FAULT_LOG     a file that gets a line a call: its number, name and path
//   FAULT_SHADOW  a folder that is brought to what a disk without power would hold: a file's content
//                 as of its last fsync, a folder's names as of its last fsync (see recover.py)
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum mode { NONE, KILL, TEAR, EIO_ONCE, NO_SPACE, INTERRUPT, SHORT };

static const char *root;
static size_t root_length;
static enum mode mode;
static int full = ENOSPC;
static long target;
static long calls;
static long writes;
static int log_descriptor = -1;
static const char *shadow;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name) ((typeof(&name))real_##name)
#define DECLARE(name) static void *real_##name
DECLARE(open);
DECLARE(openat);
DECLARE(write);
DECLARE(pwrite);
DECLARE(writev);
DECLARE(fsync);
DECLARE(fdatasync);
DECLARE(rename);
DECLARE(renameat);
DECLARE(renameat2);
DECLARE(unlink);
DECLARE(unlinkat);
DECLARE(rmdir);
DECLARE(mkdir);
DECLARE(mkdirat);
DECLARE(ftruncate);
DECLARE(fallocate);
DECLARE(posix_fallocate);

__attribute__((constructor)) static void begin(void) {
#define FIND(name) real_##name = dlsym(RTLD_NEXT, #name)
    FIND(open);
    FIND(openat);
    FIND(write);
    FIND(pwrite);
    FIND(writev);
    FIND(fsync);
    FIND(fdatasync);
    FIND(rename);
    FIND(renameat);
    FIND(renameat2);
    FIND(unlink);
    FIND(unlinkat);
    FIND(rmdir);
    FIND(mkdir);
    FIND(mkdirat);
    FIND(ftruncate);
    FIND(fallocate);
    FIND(posix_fallocate);
    root = getenv("FAULT_ROOT");
    root_length = root ? strlen(root) : 0;
    shadow = getenv("FAULT_SHADOW");
    const char *log = getenv("FAULT_LOG");
    if (log) log_descriptor = REAL(open)(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    const char *fault = getenv("FAULT");
    const char *colon = fault ? strchr(fault, ':') : NULL;
    if (!colon) return;
    target = strtol(colon + 1, NULL, 10);
    static const struct {
        const char *name;
        enum mode mode;
    } modes[] = {{"kill", KILL},       {"tear", TEAR},       {"eio", EIO_ONCE}, {"enospc", NO_SPACE},
                 {"edquot", NO_SPACE}, {"eintr", INTERRUPT}, {"short", SHORT}};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (strncmp(fault, modes[i].name, (size_t)(colon - fault)) == 0) mode = modes[i].mode;
    if (strncmp(fault, "edquot", 6) == 0) full = EDQUOT;
}

// What a call does to the disk.
enum kind { WRITES, MAKES, SYNCS, MOVES, REMOVES };

static bool is_below(const char *path) {
    return root_length && strncmp(path, root, root_length) == 0;
}

// The path of a name relative to an open folder.
static void resolve(int folder, const char *name, char *path) {
    if (name[0] == '/') {
        snprintf(path, PATH_MAX, "%s", name);
        return;
    }
    char link[64], base[PATH_MAX];
    if (folder == AT_FDCWD)
        snprintf(link, sizeof link, "/proc/self/cwd");
    else
        snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
    ssize_t length = readlink(link, base, sizeof base - 1);
    base[length < 0 ? 0 : length] = 0;
    int used = snprintf(path, PATH_MAX, "%s/%s", base, name);
    if (used >= PATH_MAX) path[0] = 0;
}

static bool path_of(int descriptor, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    path[length < 0 ? 0 : length] = 0;
    return length > 0 && is_below(path);
}

static void end(void) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

// Counts a call. Returns 0 to go on, an error to fail with, or -1 to write the first half.
static int enter(enum kind kind, const char *call, const char *path) {
    pthread_mutex_lock(&lock);
    long number = ++calls;
    long write_number = kind == WRITES ? ++writes : 0;
    if (log_descriptor >= 0) {
        char line[PATH_MAX + 64];
        int length =
            snprintf(line, sizeof line, "%ld %s %s\n", number, call, path + root_length);
        if (length > 0) (void)!REAL(write)(log_descriptor, line, (size_t)length);
    }
    pthread_mutex_unlock(&lock);
    switch (mode) {
        case KILL:
            if (number == target) end();
            return 0;
        case TEAR:
            if (number != target) return 0;
            if (kind == WRITES) return -1;
            end();
            return 0;
        case EIO_ONCE: return number == target ? EIO : 0;
        case NO_SPACE: return number >= target && (kind == WRITES || kind == MAKES) ? full : 0;
        case INTERRUPT: return kind == WRITES && write_number % target == 0 ? EINTR : 0;
        case SHORT: return kind == WRITES && write_number % target == 0 ? -1 : 0;
        case NONE: return 0;
    }
    return 0;
}

// Shadow files are named for the inode and the time of its birth, since numbers are used again.
static bool shadow_name(const struct statx *s, char *name) {
    int used = snprintf(
        name, PATH_MAX, "%s/%c%llu-%lld.%u", shadow, S_ISDIR(s->stx_mode) ? 'd' : 'f',
        (unsigned long long)s->stx_ino, (long long)s->stx_btime.tv_sec, s->stx_btime.tv_nsec);
    return used < PATH_MAX;
}

static void copy(int from, int to) {
    char buffer[65536];
    off_t offset = 0;
    for (;;) {
        ssize_t count = pread(from, buffer, sizeof buffer, offset);
        if (count <= 0) return;
        (void)!REAL(write)(to, buffer, (size_t)count);
        offset += count;
    }
}

// What has reached the disk once an fsync of `descriptor` is through.
static void remember(int descriptor) {
    if (!shadow) return;
    struct statx s;
    char name[PATH_MAX], temporary[PATH_MAX + 4], path[PATH_MAX];
    if (statx(descriptor, "", AT_EMPTY_PATH, STATX_ALL, &s) || !shadow_name(&s, name)) return;
    path_of(descriptor, path);
    pthread_mutex_lock(&lock);
    snprintf(temporary, sizeof temporary, "%s.new", name);
    int to = REAL(open)(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (S_ISDIR(s.stx_mode)) {
        DIR *folder = opendir(path);
        for (struct dirent *entry; folder && (entry = readdir(folder));) {
            struct statx e;
            char other[PATH_MAX], line[2 * PATH_MAX];
            if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
            if (statx(dirfd(folder), entry->d_name, AT_SYMLINK_NOFOLLOW, STATX_ALL, &e)) continue;
            if (!shadow_name(&e, other)) continue;
            int length =
                snprintf(line, sizeof line, "%s %s\n", strrchr(other, '/') + 1, entry->d_name);
            (void)!REAL(write)(to, line, (size_t)length);
        }
        if (folder) closedir(folder);
    } else {
        int from = REAL(open)(path, O_RDONLY | O_CLOEXEC);
        copy(from, to);
        close(from);
    }
    close(to);
    REAL(rename)(temporary, name);
    pthread_mutex_unlock(&lock);
}

#define FAIL(error) do { errno = (error); return -1; } while (0)

static int opened(int folder, const char *name, int flags, mode_t permissions, const char *call) {
    char path[PATH_MAX];
    resolve(folder, name, path);
    bool makes = (flags & (O_CREAT | O_TRUNC)) != 0;
    if (is_below(path) && makes) {
        int fault = enter(MAKES, call, path);
        if (fault > 0) FAIL(fault);
    }
    return REAL(openat)(folder, name, flags, permissions);
}

static mode_t permissions_of(int flags, va_list list) {
    return flags & (O_CREAT | O_TMPFILE) ? (mode_t)va_arg(list, int) : 0;
}

#define OPEN(name)                                               \
    int name(const char *path, int flags, ...) {                 \
        va_list list;                                            \
        va_start(list, flags);                                   \
        mode_t permissions = permissions_of(flags, list);        \
        va_end(list);                                            \
        return opened(AT_FDCWD, path, flags, permissions, "open"); \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                             \
    int name(int folder, const char *path, int flags, ...) {     \
        va_list list;                                            \
        va_start(list, flags);                                   \
        mode_t permissions = permissions_of(flags, list);        \
        va_end(list);                                            \
        return opened(folder, path, flags, permissions, "open"); \
    }
OPENAT(openat)
OPENAT(openat64)

int creat(const char *path, mode_t permissions) {
    return opened(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, permissions, "open");
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
    char path[PATH_MAX];
    int fault = path_of(descriptor, path) ? enter(WRITES, "write", path) : 0;
    if (fault > 0) FAIL(fault);
    if (fault == 0) return REAL(write)(descriptor, bytes, count);
    ssize_t done = REAL(write)(descriptor, bytes, count > 1 ? count / 2 : count);
    if (mode == TEAR) end();
    return done;
}

static ssize_t written(int descriptor, const void *bytes, size_t count, off_t offset) {
    char path[PATH_MAX];
    int fault = path_of(descriptor, path) ? enter(WRITES, "pwrite", path) : 0;
    if (fault > 0) FAIL(fault);
    if (fault == 0) return REAL(pwrite)(descriptor, bytes, count, offset);
    ssize_t done = REAL(pwrite)(descriptor, bytes, count > 1 ? count / 2 : count, offset);
    if (mode == TEAR) end();
    return done;
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset) {
    return written(descriptor, bytes, count, offset);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t offset) {
    return written(descriptor, bytes, count, offset);
}

ssize_t writev(int descriptor, const struct iovec *parts, int count) {
    char path[PATH_MAX];
    int fault = path_of(descriptor, path) ? enter(WRITES, "writev", path) : 0;
    if (fault > 0) FAIL(fault);
    if (fault == 0) return REAL(writev)(descriptor, parts, count);
    ssize_t done = REAL(writev)(descriptor, parts, 1);
    if (mode == TEAR) end();
    return done;
}

#define SYNC(name)                                                          \
    int name(int descriptor) {                                              \
        char path[PATH_MAX];                                                \
        bool is_ours = path_of(descriptor, path);                           \
        int fault = is_ours ? enter(SYNCS, #name, path) : 0;                \
        if (fault > 0) FAIL(fault);                                         \
        int result = REAL(name)(descriptor);                                \
        if (is_ours && result == 0) remember(descriptor);                   \
        return result;                                                      \
    }
SYNC(fsync)
SYNC(fdatasync)

int renameat(int old_folder, const char *old, int new_folder, const char *new) {
    char path[PATH_MAX];
    resolve(new_folder, new, path);
    int fault = is_below(path) ? enter(MOVES, "rename", path) : 0;
    if (fault > 0) FAIL(fault);
    return REAL(renameat)(old_folder, old, new_folder, new);
}

int rename(const char *old, const char *new) { return renameat(AT_FDCWD, old, AT_FDCWD, new); }

int renameat2(int old_folder, const char *old, int new_folder, const char *new, unsigned flags) {
    char path[PATH_MAX];
    resolve(new_folder, new, path);
    int fault = is_below(path) ? enter(MOVES, "rename", path) : 0;
    if (fault > 0) FAIL(fault);
    return REAL(renameat2)(old_folder, old, new_folder, new, flags);
}

int unlinkat(int folder, const char *name, int flags) {
    char path[PATH_MAX];
    resolve(folder, name, path);
    int fault = is_below(path) ? enter(REMOVES, "unlink", path) : 0;
    if (fault > 0) FAIL(fault);
    return REAL(unlinkat)(folder, name, flags);
}

int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }

int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }

int mkdirat(int folder, const char *name, mode_t permissions) {
    char path[PATH_MAX];
    resolve(folder, name, path);
    int fault = is_below(path) ? enter(MAKES, "mkdir", path) : 0;
    if (fault > 0) FAIL(fault);
    return REAL(mkdirat)(folder, name, permissions);
}

int mkdir(const char *path, mode_t permissions) { return mkdirat(AT_FDCWD, path, permissions); }

static int truncated(int descriptor, off_t size) {
    char path[PATH_MAX];
    int fault = path_of(descriptor, path) ? enter(REMOVES, "truncate", path) : 0;
    if (fault > 0) FAIL(fault);
    return REAL(ftruncate)(descriptor, size);
}

int ftruncate(int descriptor, off_t size) { return truncated(descriptor, size); }

int ftruncate64(int descriptor, off64_t size) { return truncated(descriptor, size); }

int fallocate(int descriptor, int flags, off_t offset, off_t size) {
    char path[PATH_MAX];
    int fault = path_of(descriptor, path) ? enter(MAKES, "fallocate", path) : 0;
    if (fault > 0) FAIL(fault);
    return REAL(fallocate)(descriptor, flags, offset, size);
}

int posix_fallocate(int descriptor, off_t offset, off_t size) {
    char path[PATH_MAX];
    int fault = path_of(descriptor, path) ? enter(MAKES, "fallocate", path) : 0;
    if (fault > 0) return fault;
    return REAL(posix_fallocate)(descriptor, offset, size);
}
