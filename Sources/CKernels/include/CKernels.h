// Numeric kernels behind the transformer: one table of functions an instruction set, chosen at run
// time. Matrices are row-major f32. Every row-wise kernel computes a row by the same operations in
// the same order whatever the other rows are, so a result never depends on its batch.
#ifndef ASSAY_KERNELS_H
#define ASSAY_KERNELS_H

#include <stddef.h>
#include <stdint.h>

// The instruction sets that kernels are compiled for, best last.
enum { CK_PORTABLE = 0, CK_AVX2 = 1, CK_AVX512 = 2 };

// C[M,N] = A[M,K]·B[K,N], or += when accumulate is not 0. A and B have any row and column stride;
// where `b_row` is CK_PACKED, B is what `ck_dnnl_pack` made. Where `half` is not 0, A and B are bfloat16.
enum { CK_PACKED = -1 };
typedef struct ck_product {
    int64_t m, n, k;
    const float *a;
    int64_t a_row, a_column;
    const float *b;
    int64_t b_row, b_column;
    float *c;
    int64_t c_row;
    int32_t accumulate;
    int32_t half;
} ck_product;

// One sequence's attention: rows of q, k and v heads beside each other; each query sees the keys up to its
// own where `causal` is not 0, else all.
typedef struct ck_attention {
    int64_t length, heads, kv_heads, head_width;
    int64_t qkv_stride, out_stride;
    float scale;
    int32_t causal;
} ck_attention;

enum { CK_ATTENTION_QUERIES = 64 };

typedef struct ck_adamw {
    float rate, beta1, beta2, epsilon, decay, correction1, correction2, gradient_scale;
} ck_adamw;

enum { CK_PAGE_POSITIONS = 16 };
// The heads of a layer in a cache.
typedef struct ck_cache {
    int64_t heads, kv_heads, head_width;
    float scale;
} ck_cache;

typedef struct ck_table {
    const char *name;
    int32_t lanes, panel;
    void (*pack)(int64_t n, int64_t k, const float *b, int64_t b_row, int64_t b_column, float *out);
    void (*gemm_packed)(const ck_product *p, const float *packed);
    void (*gemm)(const ck_product *p, float *scratch);
    void (*norm)(int64_t rows, int64_t d, const float *x, const float *add, float *sum,
                 const float *w, float eps, float *y, float *inverse);
    void (*norm_back)(int64_t rows, int64_t d, const float *dy, const float *x, const float *w,
                      const float *inverse, float *dx, float *dw);
    void (*rope)(int64_t rows, int64_t heads, int64_t head_width, float *x, int64_t stride,
                 const int32_t *positions, const float *cosine, const float *sine, float sign);
    void (*attend_pages)(const ck_cache *s, const float *q, const float *const *pages,
                         int64_t offset, int64_t keys, float *scratch, float *out);
    void (*keep_in_page)(const ck_cache *s, const float *row, float *page, int64_t position);
    void (*attention)(const ck_attention *s, const float *qkv, float *out, float *lse,
                      float *scratch);
    void (*attention_back)(const ck_attention *s, const float *qkv, const float *out,
                           const float *lse, const float *dout, float *dqkv, float *scratch);
    void (*swiglu)(int64_t rows, int64_t f, const float *g, const float *u, int64_t stride,
                   float *h, int64_t h_stride);
    void (*swiglu_back)(int64_t rows, int64_t f, const float *gu, const float *dh, float *dgu);
    void (*log_softmax)(int64_t rows, int64_t v, const float *logits, const int32_t *targets,
                        float *logp, float *entropy, float *lse, float *parts);
    void (*log_softmax_back)(int64_t rows, int64_t v, float *logits, const int32_t *targets,
                             const float *entropy, const float *lse, const float *dlogp,
                             const float *dentropy);
    void (*exponentials)(int64_t n, const float *x, float shift, float scale, float *out);
    void (*add)(int64_t n, const float *x, float *y);
    void (*add_scaled)(int64_t n, float scale, const float *x, float *y);
    float (*dot)(int64_t n, const float *x, const float *y);
    void (*block_sums)(int64_t n, const float *x, float *sums);
    void (*add_to_rows)(int64_t rows, int64_t n, const float *x, float *y);
    void (*add_columns)(int64_t rows, int64_t n, const float *x, float *sums);
    void (*to_half)(int64_t n, const float *x, uint16_t *out);
    void (*from_half)(int64_t n, const uint16_t *x, float *out);
    void (*transpose)(int64_t rows, int64_t columns, const float *x, int64_t stride, float *out,
                      int64_t out_stride);
    void (*transpose_to_half)(int64_t rows, int64_t columns, const float *x, uint16_t *out);
    double (*sum_of_squares)(int64_t n, const float *x);
    void (*adamw)(int64_t n, const ck_adamw *s, float *g, float *m, float *v, float *w,
                  uint16_t *half);
} ck_table;

// The best instruction set of this machine; `ASSAY_ISA` = portable, avx2 or avx512 lowers it.
int32_t ck_best_isa(void);
// The table of an instruction set, or NULL where this machine or build lacks it.
const ck_table *ck_table_for(int32_t isa);

static inline const char *ck_name(const ck_table *t) { return t->name; }
static inline int64_t ck_round_up(int64_t n, int64_t to) { return (n + to - 1) / to * to; }

// Floats of scratch that `gemm` needs for an inner length k.
static inline int64_t ck_gemm_scratch(const ck_table *t, int64_t k) { return k * t->panel; }
// Floats that a packed K×N matrix takes.
static inline int64_t ck_packed_size(const ck_table *t, int64_t n, int64_t k) {
    return ck_round_up(n, t->panel) * k;
}
// Floats of scratch that attention (forward and backward) needs for one sequence.
static inline int64_t ck_attention_scratch(int64_t length, int64_t heads, int64_t head_width) {
    int64_t padded = ck_round_up(length, 32), columns = ck_round_up(head_width, 32);
    return (2 * head_width + columns + 2 * CK_ATTENTION_QUERIES) * padded +
           2 * columns * CK_ATTENTION_QUERIES + heads * length + 64;
}

static inline void ck_pack(const ck_table *t, int64_t n, int64_t k, const float *b, int64_t b_row,
                           int64_t b_column, float *out) {
    t->pack(n, k, b, b_row, b_column, out);
}
static inline void ck_gemm_packed(const ck_table *t, const ck_product *p, const float *packed) {
    t->gemm_packed(p, packed);
}
static inline void ck_gemm(const ck_table *t, const ck_product *p, float *scratch) {
    t->gemm(p, scratch);
}
static inline void ck_norm(const ck_table *t, int64_t rows, int64_t d, const float *x,
                           const float *add, float *sum, const float *w, float eps, float *y,
                           float *inverse) {
    t->norm(rows, d, x, add, sum, w, eps, y, inverse);
}
static inline void ck_norm_back(const ck_table *t, int64_t rows, int64_t d, const float *dy,
                                const float *x, const float *w, const float *inverse, float *dx,
                                float *dw) {
    t->norm_back(rows, d, dy, x, w, inverse, dx, dw);
}
static inline void ck_rope(const ck_table *t, int64_t rows, int64_t heads, int64_t head_width,
                           float *x, int64_t stride, const int32_t *positions,
                           const float *cosine, const float *sine, float sign) {
    t->rope(rows, heads, head_width, x, stride, positions, cosine, sine, sign);
}
// A row's query, all heads, against the first `keys` positions of a cache. From `offset` on a page has
// keys as [kv_heads, head_width, CK_PAGE_POSITIONS], then values as [kv_heads, CK_PAGE_POSITIONS,
// head_width].
static inline void ck_attend_pages(const ck_table *t, const ck_cache *s, const float *q,
                                   const float *const *pages, int64_t offset, int64_t keys,
                                   float *scratch, float *out) {
    t->attend_pages(s, q, pages, offset, keys, scratch, out);
}
// Floats of scratch for `ck_attend_pages`.
static inline int64_t ck_attend_pages_scratch(const ck_cache *s, int64_t keys) {
    return s->heads * (ck_round_up(keys, CK_PAGE_POSITIONS) + 4 * ck_round_up(s->head_width, 16) + 1);
}
// A row's keys, then values, to one position of a page whose layer begins at `page`.
static inline void ck_keep_in_page(const ck_table *t, const ck_cache *s, const float *row,
                                   float *page, int64_t position) {
    t->keep_in_page(s, row, page, position);
}
static inline void ck_attention_forward(const ck_table *t, const ck_attention *s, const float *qkv,
                                        float *out, float *lse, float *scratch) {
    t->attention(s, qkv, out, lse, scratch);
}
static inline void ck_attention_back(const ck_table *t, const ck_attention *s, const float *qkv,
                                     const float *out, const float *lse, const float *dout,
                                     float *dqkv, float *scratch) {
    t->attention_back(s, qkv, out, lse, dout, dqkv, scratch);
}
// h = silu(g)·u: rows of g and u are `stride` apart, those of h `h_stride`.
static inline void ck_swiglu(const ck_table *t, int64_t rows, int64_t f, const float *g,
                             const float *u, int64_t stride, float *h, int64_t h_stride) {
    t->swiglu(rows, f, g, u, stride, h, h_stride);
}
static inline void ck_swiglu_back(const ck_table *t, int64_t rows, int64_t f, const float *gu,
                                  const float *dh, float *dgu) {
    t->swiglu_back(rows, f, gu, dh, dgu);
}
static inline void ck_log_softmax(const ck_table *t, int64_t rows, int64_t v, const float *logits,
                                  const int32_t *targets, float *logp, float *entropy,
                                  float *lse, float *parts) {
    t->log_softmax(rows, v, logits, targets, logp, entropy, lse, parts);
}
static inline void ck_log_softmax_back(const ck_table *t, int64_t rows, int64_t v, float *logits,
                                       const int32_t *targets, const float *entropy,
                                       const float *lse, const float *dlogp,
                                       const float *dentropy) {
    t->log_softmax_back(rows, v, logits, targets, entropy, lse, dlogp, dentropy);
}
static inline void ck_exponentials(const ck_table *t, int64_t n, const float *x, float shift,
                                   float scale, float *out) {
    t->exponentials(n, x, shift, scale, out);
}
static inline void ck_add(const ck_table *t, int64_t n, const float *x, float *y) {
    t->add(n, x, y);
}
// y += scale·x.
static inline void ck_add_scaled(const ck_table *t, int64_t n, float scale, const float *x,
                                 float *y) {
    t->add_scaled(n, scale, x, y);
}
static inline float ck_dot(const ck_table *t, int64_t n, const float *x, const float *y) {
    return t->dot(n, x, y);
}
// The sum of each block of 64 numbers.
static inline void ck_block_sums(const ck_table *t, int64_t n, const float *x, float *sums) {
    t->block_sums(n, x, sums);
}
// Adds x to each of the rows of y.
static inline void ck_add_to_rows(const ck_table *t, int64_t rows, int64_t n, const float *x,
                                  float *y) {
    t->add_to_rows(rows, n, x, y);
}
// Adds the rows of x, in order, to sums.
static inline void ck_add_columns(const ck_table *t, int64_t rows, int64_t n, const float *x,
                                  float *sums) {
    t->add_columns(rows, n, x, sums);
}
// To bfloat16 and back: the nearest, to even among two; NaN stays NaN.
static inline void ck_to_half(const ck_table *t, int64_t n, const float *x, uint16_t *out) {
    t->to_half(n, x, out);
}
static inline void ck_from_half(const ck_table *t, int64_t n, const uint16_t *x, float *out) {
    t->from_half(n, x, out);
}
// out[columns, rows] of x[rows, columns].
static inline void ck_transpose(const ck_table *t, int64_t rows, int64_t columns, const float *x,
                                float *out) {
    t->transpose(rows, columns, x, columns, out, rows);
}
static inline void ck_transpose_to_half(const ck_table *t, int64_t rows, int64_t columns,
                                        const float *x, uint16_t *out) {
    t->transpose_to_half(rows, columns, x, out);
}
static inline double ck_sum_of_squares(const ck_table *t, int64_t n, const float *x) {
    return t->sum_of_squares(n, x);
}
static inline void ck_adamw_step(const ck_table *t, int64_t n, const ck_adamw *s, float *g,
                                 float *m, float *v, float *w, uint16_t *half) {
    t->adamw(n, s, g, m, v, w, half);
}

// A pool of threads, the caller being one of them: `run` calls work(context, 0…tasks-1), each once, and
// returns when all are done. One caller at a time. Threads spin for some microseconds before they sleep.
typedef struct ck_pool ck_pool;
ck_pool *ck_pool_create(int32_t threads);
void ck_pool_run(ck_pool *pool, int32_t tasks, void (*work)(void *, int32_t), void *context);
void ck_pool_destroy(ck_pool *pool);

// oneDNN's products, for use by one thread at a time, and always the same one once it has worked.
// `create` gives NULL where there is no oneDNN or `ASSAY_GEMM` = own; `serves` and
// `gemm` give 0, with nothing done, where oneDNN would not use its brgemm kernels, whose rows do not depend on each other.
typedef struct ck_dnnl ck_dnnl;
ck_dnnl *ck_dnnl_create(void);
void ck_dnnl_destroy(ck_dnnl *x);
int32_t ck_dnnl_serves(ck_dnnl *x, const ck_product *p);
int32_t ck_dnnl_gemm(ck_dnnl *x, const ck_product *p);
const char *ck_dnnl_implementation(const ck_dnnl *x);
// Bytes that B takes in the layout that its products like best, the same for every x; 0 where there is none.
int64_t ck_dnnl_packed_size(ck_dnnl *x, int64_t n, int64_t k, int32_t half);
// Brings B, of which `p` says shape, place and strides, into that layout. Gives 0 where it cannot.
int32_t ck_dnnl_pack(ck_dnnl *x, const ck_product *p, void *out);

// Takes the next number of a counter shared by threads.
int64_t ck_fetch_increment(int64_t *counter);

// Numbers as files keep them, little-endian at any address, to floats and back. Reading returns 1
// where all are finite. Writing rounds to nearest, ties to even, and returns 0 where that made a
// finite number infinite.
int32_t ck_read_f32(int64_t n, const void *in, float *out);
int32_t ck_read_bf16(int64_t n, const void *in, float *out);
int32_t ck_read_f16(int64_t n, const void *in, float *out);
int32_t ck_write_bf16(int64_t n, const float *in, uint16_t *out);
int32_t ck_write_f16(int64_t n, const float *in, uint16_t *out);

#endif
