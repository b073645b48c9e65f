// Attention of whole sequences. The sums of a query are the same, in the same order, whether it goes
// alone, with its neighbours or against a cache: a decoded token and a trained one see the same bits.

// One head's keys and values: number i of key j is keys[i·key_row + j], value j starts at value_at(j).
typedef struct head_cache {
    const float *keys, *values;
    int64_t key_row, value_row;
} head_cache;

INLINE const float *value_at(const head_cache *c, int64_t j) { return c->values + j * c->value_row; }

// The scores of COUNT times LANES keys from j on; lanes past `keys` are -inf.
#define SCORE_GROUP(COUNT)                                                                         \
    do {                                                                                           \
        vf sum[COUNT] = {0};                                                                       \
        const float *at[COUNT];                                                                    \
        UNROLL for (int b = 0; b < COUNT; b++) at[b] = cache->keys + j + b * LANES;                \
        for (int64_t i = 0; i < head_width; i++) {                                                 \
            vf qi = splat(q[i]);                                                                   \
            UNROLL for (int b = 0; b < COUNT; b++) sum[b] = qi * load(at[b] + i * row) + sum[b];   \
        }                                                                                          \
        UNROLL for (int b = 0; b < COUNT; b++) {                                                   \
            vf s = choose(lanes_below(keys - j - b * LANES), sum[b] * splat(scale), least);        \
            store(scores + j + b * LANES, s);                                                      \
            top = choose(top < s, s, top);                                                         \
        }                                                                                          \
    } while (0)

// scores = scale · q·K over `keys` keys. Returns the greatest.
INLINE float score_keys(const float *q, const head_cache *cache, int64_t keys, int64_t head_width,
                        float scale, float *scores) {
    const int64_t row = cache->key_row;
    const vf least = splat(-INFINITY);
    vf top = least;
    int64_t j = 0;
    for (; j + 4 * LANES <= keys; j += 4 * LANES) SCORE_GROUP(4);
    // What is left goes in one group too: its sums wait for one another, those of others do not.
    switch ((keys - j + LANES - 1) / LANES) {
    case 4: SCORE_GROUP(4); break;
    case 3: SCORE_GROUP(3); break;
    case 2: SCORE_GROUP(2); break;
    case 1: SCORE_GROUP(1); break;
    default: break;
    }
    return max_lanes(top);
}

// COUNT vectors of out from `d` on: a row is read once for all of them, and each number is the same sum
// in the same order whatever COUNT is.
#define WEIGHTED_VECTORS(COUNT)                                                                    \
    do {                                                                                           \
        vf sum[COUNT][4] = {0};                                                                    \
        int64_t j = 0;                                                                             \
        for (; j + 4 <= n; j += 4) {                                                               \
            const float *four = value_at(cache, j) + d;                                            \
            UNROLL for (int b = 0; b < 4; b++) {                                                   \
                vf weight = splat(p[j + b]);                                                       \
                const float *at = four + b * cache->value_row;                                     \
                UNROLL for (int c = 0; c < COUNT; c++)                                             \
                    sum[c][b] = weight * load(at + c * LANES) + sum[c][b];                         \
            }                                                                                      \
        }                                                                                          \
        for (; j < n; j++) {                                                                       \
            vf weight = splat(p[j]);                                                               \
            UNROLL for (int c = 0; c < COUNT; c++)                                                 \
                sum[c][0] = weight * load(value_at(cache, j) + d + c * LANES) + sum[c][0];         \
        }                                                                                          \
        UNROLL for (int c = 0; c < COUNT; c++)                                                     \
            store(out + d + c * LANES,                                                             \
                  ((sum[c][0] + sum[c][1]) + (sum[c][2] + sum[c][3])) * splat(factor));            \
    } while (0)

// out = Σ p[j]·value[j] over n values of `width`, times `factor`: four sums by j mod 4.
INLINE void weighted_values(int64_t n, const float *p, const head_cache *cache, int64_t width,
                            float factor, float *out) {
    int64_t d = 0;
    for (; d + 2 * LANES <= width; d += 2 * LANES) WEIGHTED_VECTORS(2);
    for (; d + LANES <= width; d += LANES) WEIGHTED_VECTORS(1);
    for (; d < width; d++) {
        float sum = 0;
        for (int64_t j = 0; j < n; j++) sum = p[j] * value_at(cache, j)[d] + sum;
        out[d] = sum * factor;
    }
}

// e^(score - top) of each score, in place; returns their sum.
INLINE float exponentiate(int64_t keys, float top, float *scores) {
    vf total = {0};
    for (int64_t j = 0; j < keys; j += LANES) {
        vf e = exponential(load(scores + j) - splat(top));
        store(scores + j, e);
        total = total + e;
    }
    return sum_lanes(total);
}

static __attribute__((noinline)) void attend(const float *q, const head_cache *cache, int64_t keys,
                                             int64_t head_width, float scale, float *scores,
                                             float *out, float *lse) {
    float top = score_keys(q, cache, keys, head_width, scale, scores);
    float sum = exponentiate(keys, top, scores);
    weighted_values(keys, scores, cache, head_width, 1.0f / sum, out);
    *lse = top + logf(sum);
}

// Queries that go through the keys and values of one sequence together.
enum { TOGETHER = 4 };

// Scores of queries next to each other, each with the sums of `score_keys`; rows of scores are
// `score_row` apart. Query r sees keys[r] keys.
INLINE void score_together(const float *q, int64_t q_row, const float *kt, int64_t key_row,
                           const int64_t *keys, int64_t head_width, float scale, float *scores,
                           int64_t score_row, float *top) {
    const vf least = splat(-INFINITY);
    vf most[TOGETHER];
    UNROLL for (int r = 0; r < TOGETHER; r++) most[r] = least;
    for (int64_t j = 0; j < keys[TOGETHER - 1]; j += 2 * LANES) {
        vf sum[TOGETHER][2] = {0};
        for (int64_t i = 0; i < head_width; i++) {
            vf first = load(kt + i * key_row + j), second = load(kt + i * key_row + j + LANES);
            UNROLL for (int r = 0; r < TOGETHER; r++) {
                vf qi = splat(q[r * q_row + i]);
                sum[r][0] = qi * first + sum[r][0];
                sum[r][1] = qi * second + sum[r][1];
            }
        }
        UNROLL for (int r = 0; r < TOGETHER; r++) {
            UNROLL for (int b = 0; b < 2; b++) {
                vi seen = lanes_below(keys[r] - j - b * LANES);
                vf s = choose(seen, sum[r][b] * splat(scale), least);
                store(scores + r * score_row + j + b * LANES, s);
                most[r] = choose(most[r] < s, s, most[r]);
            }
        }
    }
    UNROLL for (int r = 0; r < TOGETHER; r++) top[r] = max_lanes(most[r]);
}

// Weighted values of queries next to each other, each with the sums of `weighted_values`.
INLINE void weight_together(const int64_t *keys, const float *p, int64_t p_row,
                            const head_cache *cache, int64_t width, const float *factor, float *out,
                            int64_t out_row) {
    int64_t common = keys[0] / 4 * 4, d = 0;
    for (; d + LANES <= width; d += LANES) {
        vf sum[TOGETHER][4] = {0};
        for (int64_t j = 0; j < common; j += 4) {
            UNROLL for (int b = 0; b < 4; b++) {
                vf value = load(value_at(cache, j + b) + d);
                UNROLL for (int r = 0; r < TOGETHER; r++)
                    sum[r][b] = splat(p[r * p_row + j + b]) * value + sum[r][b];
            }
        }
        UNROLL for (int r = 0; r < TOGETHER; r++) {
            int64_t j = common;
            for (; j + 4 <= keys[r]; j += 4) {
                UNROLL for (int b = 0; b < 4; b++)
                    sum[r][b] =
                        splat(p[r * p_row + j + b]) * load(value_at(cache, j + b) + d) + sum[r][b];
            }
            for (; j < keys[r]; j++)
                sum[r][0] = splat(p[r * p_row + j]) * load(value_at(cache, j) + d) + sum[r][0];
            store(out + r * out_row + d,
                  ((sum[r][0] + sum[r][1]) + (sum[r][2] + sum[r][3])) * splat(factor[r]));
        }
    }
    for (; d < width; d++)
        for (int r = 0; r < TOGETHER; r++) {
            float sum = 0;
            for (int64_t j = 0; j < keys[r]; j++) sum = p[r * p_row + j] * value_at(cache, j)[d] + sum;
            out[r * out_row + d] = sum * factor[r];
        }
}

// The bits of TOGETHER calls of `attend`: a key or value is read once for all of them.
static __attribute__((noinline)) void attend_together(const ck_attention *s, int64_t i,
                                                      const float *q, const head_cache *cache,
                                                      float *scores, int64_t score_row, float *out,
                                                      float *lse) {
    int64_t keys[TOGETHER];
    float top[TOGETHER], factor[TOGETHER];
    for (int r = 0; r < TOGETHER; r++) keys[r] = s->causal ? i + r + 1 : s->length;
    score_together(q, s->qkv_stride, cache->keys, cache->key_row, keys, s->head_width, s->scale,
                   scores, score_row, top);
    for (int r = 0; r < TOGETHER; r++) {
        float sum = exponentiate(keys[r], top[r], scores + r * score_row);
        factor[r] = 1.0f / sum;
        lse[r] = top[r] + logf(sum);
    }
    weight_together(keys, scores, score_row, cache, s->head_width, factor, out, s->out_stride);
}

static void attention(const ck_attention *s, const float *qkv, float *out, float *lse,
                      float *scratch) {
    int64_t width = s->head_width, padded = ck_round_up(s->length, 32);
    int64_t group = s->heads / s->kv_heads;
    float *kt = scratch, *scores = kt + width * padded;
    for (int64_t g = 0; g < s->kv_heads; g++) {
        const float *k = qkv + (s->heads + g) * width;
        const float *v = qkv + (s->heads + s->kv_heads + g) * width;
        transpose_padded(s->length, width, k, s->qkv_stride, kt, padded);
        head_cache cache = {
            .keys = kt, .values = v, .key_row = padded, .value_row = s->qkv_stride};
        for (int64_t h = g * group; h < (g + 1) * group; h++) {
            const float *q = qkv + h * width;
            float *to = out + h * width, *sums = lse + h * s->length;
            int64_t i = 0;
            for (; i + TOGETHER <= s->length; i += TOGETHER)
                attend_together(s, i, q + i * s->qkv_stride, &cache, scores, padded,
                                to + i * s->out_stride, sums + i);
            for (; i < s->length; i++)
                attend(q + i * s->qkv_stride, &cache, s->causal ? i + 1 : s->length, width, s->scale,
                       scores, to + i * s->out_stride, sums + i);
        }
    }
}

// Queries whose probabilities are kept at once: what is kept grows with the length, not its square.
#define QUERIES CK_ATTENTION_QUERIES

// C (+)= A·B for B in panels that are `panel_step` floats apart, of which the first k rows count.
INLINE void multiply_panels(int64_t m, int64_t n, int64_t k, const float *a, int64_t a_row,
                            int64_t a_column, const float *panels, int64_t panel_step, float *c,
                            int64_t c_row, int accumulate) {
    ck_product p = {.m = m, .n = n, .k = k, .a = a, .a_row = a_row, .a_column = a_column, .c = c,
                    .c_row = c_row, .accumulate = accumulate};
    for (int64_t j = 0; j < n; j += PANEL) multiply_panel(&p, j, panels + j / PANEL * panel_step);
}

// From scores and the gradients of probabilities of one query to its probabilities and the gradients
// of its scores, with zeros from `keys` up to `end`.
INLINE void score_gradients(int64_t keys, int64_t end, float scale, float lse, float pull, float *s,
                            float *dp) {
    for (int64_t j = 0; j < end; j += LANES) {
        vf p = exponential(load(s + j) * splat(scale) - splat(lse));
        p = choose(lanes_below(keys - j), p, splat(0.0f));
        vf d = choose(lanes_below(keys - j), p * (load(dp + j) - splat(pull)) * splat(scale),
                      splat(0.0f));
        store(s + j, p);
        store(dp + j, d);
    }
}

// One sequence's packed factors for the heads that share a key head, and room for a block of queries.
typedef struct attention_room {
    float *keys_across, *values_across, *keys_down, *queries, *slopes, *p, *ds, *pulls;
    int64_t n, padded, across_step, down_step, block_step;
} attention_room;

static attention_room make_room(int64_t n, int64_t width, float *scratch) {
    int64_t padded = ck_round_up(n, 32), columns = ck_round_up(width, PANEL);
    attention_room r = {.n = n, .padded = padded, .across_step = width * PANEL,
                        .down_step = n * PANEL, .block_step = QUERIES * PANEL};
    r.keys_across = scratch;
    r.values_across = r.keys_across + width * padded;
    r.keys_down = r.values_across + width * padded;
    r.queries = r.keys_down + columns * padded;
    r.slopes = r.queries + columns * QUERIES;
    r.p = r.slopes + columns * QUERIES;
    r.ds = r.p + QUERIES * padded;
    r.pulls = r.ds + QUERIES * padded;
    return r;
}

// Panels of [rows, width] whose panels are QUERIES rows apart.
INLINE void pack_block(int64_t rows, int64_t width, const float *x, int64_t stride, float *out) {
    for (int64_t j = 0; j < width; j += PANEL) {
        int64_t columns = width - j < PANEL ? width - j : PANEL;
        pack_panel(columns, rows, x + j, stride, 1, out + j * QUERIES);
    }
}

// The queries from…to-1 of one head.
static void attention_back_block(const ck_attention *s, const attention_room *r, int64_t h,
                                 int64_t g, int64_t from, int64_t to, const float *qkv,
                                 const float *lse, const float *dout, float *dqkv) {
    int64_t width = s->head_width, count = to - from, keys = s->causal ? to : r->n;
    int64_t stride = s->qkv_stride, padded = r->padded;
    const float *q = qkv + from * stride + h * width;
    const float *go = dout + from * s->out_stride + h * width;
    multiply_panels(count, keys, width, q, stride, 1, r->keys_across, r->across_step, r->p, padded,
                    0);
    multiply_panels(count, keys, width, go, s->out_stride, 1, r->values_across, r->across_step,
                    r->ds, padded, 0);
    for (int64_t i = 0; i < count; i++)
        score_gradients(s->causal ? from + i + 1 : r->n, keys, s->scale, lse[h * r->n + from + i],
                        r->pulls[(from + i) * s->heads + h], r->p + i * padded, r->ds + i * padded);
    multiply_panels(count, width, keys, r->ds, padded, 1, r->keys_down, r->down_step,
                    dqkv + from * stride + h * width, stride, 0);
    pack_block(count, width, q, stride, r->queries);
    pack_block(count, width, go, s->out_stride, r->slopes);
    multiply_panels(keys, width, count, r->ds, 1, padded, r->queries, r->block_step,
                    dqkv + (s->heads + g) * width, stride, 1);
    multiply_panels(keys, width, count, r->p, 1, padded, r->slopes, r->block_step,
                    dqkv + (s->heads + s->kv_heads + g) * width, stride, 1);
}

// Gradients of q, k and v into dqkv, which is overwritten.
static void attention_back(const ck_attention *s, const float *qkv, const float *out,
                           const float *lse, const float *dout, float *dqkv, float *scratch) {
    int64_t width = s->head_width, n = s->length, group = s->heads / s->kv_heads;
    attention_room r = make_room(n, width, scratch);
    // What comes out of the softmax's own slope: Σ out·dout of each query's head, row after row.
    for (int64_t i = 0; i < n; i++)
        for (int64_t h = 0; h < s->heads; h++)
            r.pulls[i * s->heads + h] = dot(width, out + i * s->out_stride + h * width,
                                            dout + i * s->out_stride + h * width);
    for (int64_t g = 0; g < s->kv_heads; g++) {
        const float *k = qkv + (s->heads + g) * width, *v = k + s->kv_heads * width;
        pack(n, width, k, 1, s->qkv_stride, r.keys_across);
        pack(n, width, v, 1, s->qkv_stride, r.values_across);
        pack(width, n, k, s->qkv_stride, 1, r.keys_down);
        for (int64_t i = 0; i < n; i++) {
            float *dk = dqkv + i * s->qkv_stride + (s->heads + g) * width;
            memset(dk, 0, (size_t)width * sizeof(float));
            memset(dk + s->kv_heads * width, 0, (size_t)width * sizeof(float));
        }
        for (int64_t h = g * group; h < (g + 1) * group; h++)
            for (int64_t from = 0; from < n; from += QUERIES)
                attention_back_block(s, &r, h, g, from, from + QUERIES < n ? from + QUERIES : n, qkv,
                                     lse, dout, dqkv);
    }
}
