#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "CKernels.h"
#include "tables.h"

// Rounds of polling before a thread sleeps: about 50 µs.
enum { SPINS = 10000 };

struct ck_pool {
    pthread_mutex_t lock;
    pthread_cond_t start, done;
    pthread_t *threads;
    int32_t count, tasks;
    _Atomic uint64_t round;
    _Atomic int32_t next, unfinished;
    _Atomic int stopping;
    void (*work)(void *, int32_t);
    void *context;
};

static void pause_briefly(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

static uint64_t await_round(ck_pool *pool, uint64_t seen) {
    for (int i = 0; i < SPINS; i++) {
        if (atomic_load(&pool->round) != seen) return atomic_load(&pool->round);
        pause_briefly();
    }
    pthread_mutex_lock(&pool->lock);
    while (atomic_load(&pool->round) == seen) pthread_cond_wait(&pool->start, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
    return atomic_load(&pool->round);
}

static void work_on(ck_pool *pool) {
    for (;;) {
        int32_t task = atomic_fetch_add(&pool->next, 1);
        if (task >= pool->tasks) break;
        pool->work(pool->context, task);
    }
}

static void *serve(void *argument) {
    ck_pool *pool = argument;
    ck_prepare_thread();
    uint64_t seen = 0;
    for (;;) {
        seen = await_round(pool, seen);
        if (atomic_load(&pool->stopping)) break;
        work_on(pool);
        if (atomic_fetch_sub(&pool->unfinished, 1) == 1) {
            pthread_mutex_lock(&pool->lock);
            pthread_cond_broadcast(&pool->done);
            pthread_mutex_unlock(&pool->lock);
        }
    }
    return NULL;
}

ck_pool *ck_pool_create(int32_t threads) {
    if (threads < 1) return NULL;
    ck_pool *pool = calloc(1, sizeof *pool);
    if (!pool) return NULL;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->start, NULL);
    pthread_cond_init(&pool->done, NULL);
    pool->threads = calloc((size_t)threads, sizeof *pool->threads);
    for (; pool->threads && pool->count < threads - 1; pool->count++)
        if (pthread_create(&pool->threads[pool->count], NULL, serve, pool) != 0) break;
    return pool;
}

static void announce(ck_pool *pool) {
    pthread_mutex_lock(&pool->lock);
    atomic_fetch_add(&pool->round, 1);
    pthread_cond_broadcast(&pool->start);
    pthread_mutex_unlock(&pool->lock);
}

void ck_pool_run(ck_pool *pool, int32_t tasks, void (*work)(void *, int32_t), void *context) {
    if (tasks < 1) return;
    pool->work = work;
    pool->context = context;
    pool->tasks = tasks;
    atomic_store(&pool->next, 0);
    atomic_store(&pool->unfinished, pool->count);
    if (pool->count > 0 && tasks > 1) {
        announce(pool);
    } else {
        atomic_store(&pool->unfinished, 0);
    }
    ck_prepare_thread();
    work_on(pool);
    for (int i = 0; i < SPINS; i++) {
        if (atomic_load(&pool->unfinished) == 0) return;
        pause_briefly();
    }
    pthread_mutex_lock(&pool->lock);
    while (atomic_load(&pool->unfinished) != 0) pthread_cond_wait(&pool->done, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}

void ck_pool_destroy(ck_pool *pool) {
    if (!pool) return;
    atomic_store(&pool->stopping, 1);
    announce(pool);
    for (int32_t i = 0; i < pool->count; i++) pthread_join(pool->threads[i], NULL);
    pthread_mutex_destroy(&pool->lock);
    pthread_cond_destroy(&pool->start);
    pthread_cond_destroy(&pool->done);
    free(pool->threads);
    free(pool);
}

int64_t ck_fetch_increment(int64_t *counter) {
    return __atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}
