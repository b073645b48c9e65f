// Attention. One routine serves a single query against a cache and the queries of a whole
// sequence, so a decoded token and a trained one see the same bits.

// One head's keys and values: number i of key j is keys_at(j)[i·key_row], value j starts at
// value_at(j). They lie in one piece each, or in pages of 16 positions.
typedef struct head_cache {
    const float *keys, *values;
    int64_t key_row, value_row;
    const float *const *pages;
    int64_t key_offset, value_offset;
} head_cache;

INLINE const float *keys_at(const head_cache *c, int64_t j) {
    if (c->pages) return c->pages[j >> 4] + c->key_offset + (j & 15);
    return c->keys + j;
}
INLINE const float *value_at(const head_cache *c, int64_t j) {
    if (c->pages) return c->pages[j >> 4] + c->value_offset + (j & 15) * c->value_row;
    return c->values + j * c->value_row;
}

// The scores of COUNT times LANES keys from j on; lanes past `keys` are -inf.
#define SCORE_GROUP(COUNT)                                                                         \
    do {                                                                                           \
        vf sum[COUNT] = {0};                                                                       \
        const float *at[COUNT];                                                                    \
        UNROLL for (int b = 0; b < COUNT; b++) at[b] = keys_at(cache, j + b * LANES);              \
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

static __attribute__((noinline)) void attend(const float *q, const head_cache *cache, int64_t keys,
                                             int64_t head_width, float scale, float *scores,
                                             float *out, float *lse) {
    float top = score_keys(q, cache, keys, head_width, scale, scores);
    vf total = {0};
    for (int64_t j = 0; j < keys; j += LANES) {
        vf e = exponential(load(scores + j) - splat(top));
        store(scores + j, e);
        total = total + e;
    }
    float sum = sum_lanes(total);
    weighted_values(keys, scores, cache, head_width, 1.0f / sum, out);
    if (lse) *lse = top + logf(sum);
}

static void attend_pages(const float *q, const float *const *pages, int64_t key_offset,
                         int64_t value_offset, int64_t keys, int64_t head_width, float scale,
                         float *scores, float *out) {
    head_cache cache = {.key_row = 16, .value_row = head_width, .pages = pages,
                        .key_offset = key_offset, .value_offset = value_offset};
    attend(q, &cache, keys, head_width, scale, scores, out, NULL);
}

static void attention(const ck_attention *s, const float *qkv, float *out, float *lse,
                      float *scratch) {
    int64_t width = s->head_width, padded = ck_round_up(s->length, 16);
    int64_t group = s->heads / s->kv_heads;
    float *kt = scratch, *scores = kt + width * padded;
    for (int64_t g = 0; g < s->kv_heads; g++) {
        const float *k = qkv + (s->heads + g) * width;
        const float *v = qkv + (s->heads + s->kv_heads + g) * width;
        transpose_padded(s->length, width, k, s->qkv_stride, kt, padded);
        head_cache cache = {
            .keys = kt, .values = v, .key_row = padded, .value_row = s->qkv_stride};
        for (int64_t h = g * group; h < (g + 1) * group; h++)
            for (int64_t i = 0; i < s->length; i++)
                attend(qkv + i * s->qkv_stride + h * width, &cache,
                       s->causal ? i + 1 : s->length, width, s->scale, scores, out + i * s->out_stride + h * width,
                       lse + h * s->length + i);
    }
}

// out[j] (+)= Σ p[i - from][j]·rows[i] over the queries i of from…to-1 that see key j < keys: the
// transposed product, four columns at once.
INLINE void transposed_rows(int64_t from, int64_t to, int64_t keys, int causal, const float *p,
                            int64_t p_stride,
                            const float *rows, int64_t stride, int64_t width, float *out,
                            int64_t out_stride, int accumulate) {
    for (int64_t j = 0; j < keys; j += 4) {
        int64_t d = 0, columns = keys - j < 4 ? keys - j : 4;
        int64_t first = causal && j > from ? j : from;
        for (; d + LANES <= width; d += LANES) {
            vf sum[4] = {0};
            for (int64_t i = first; i < to; i++) {
                vf row = load(rows + i * stride + d);
                UNROLL for (int b = 0; b < 4; b++)
                    sum[b] = splat(p[(i - from) * p_stride + j + b]) * row + sum[b];
            }
            for (int64_t b = 0; b < columns; b++) {
                float *at = out + (j + b) * out_stride + d;
                store(at, accumulate || (causal ? j + b < from : from > 0) ? load(at) + sum[b] : sum[b]);
            }
        }
        for (; d < width; d++)
            for (int64_t b = 0; b < columns; b++) {
                float sum = 0;
                for (int64_t i = first; i < to; i++)
                    sum = p[(i - from) * p_stride + j + b] * rows[i * stride + d] + sum;
                float *at = out + (j + b) * out_stride + d;
                *at = accumulate || (causal ? j + b < from : from > 0) ? *at + sum : sum;
            }
    }
}

// Probabilities and the gradient of the scores of query i, recomputed from the saved log-sum.
INLINE void score_gradients(const ck_attention *s, int64_t i, const float *q, const float *dout,
                            float lse, float pull, const float *kt, const float *vt,
                            int64_t padded, float *p, float *ds) {
    int64_t keys = s->causal ? i + 1 : s->length;
    for (int64_t j = 0; j < keys; j += LANES) {
        vf score = {0}, dp = {0};
        for (int64_t d = 0; d < s->head_width; d++) {
            score = splat(q[d]) * load(kt + d * padded + j) + score;
            dp = splat(dout[d]) * load(vt + d * padded + j) + dp;
        }
        vf value = exponential(score * splat(s->scale) - splat(lse));
        value = choose(lanes_below(keys - j), value, splat(0.0f));
        store(p + j, value);
        store(ds + j, value * (dp - splat(pull)) * splat(s->scale));
    }
}

// Queries whose probabilities are kept at once: what is kept grows with the length, not its square.
#define QUERIES CK_ATTENTION_QUERIES

// Gradients of q, k and v into dqkv, which is overwritten.
static void attention_back(const ck_attention *s, const float *qkv, const float *out,
                           const float *lse, const float *dout, float *dqkv, float *scratch) {
    int64_t width = s->head_width, padded = ck_round_up(s->length, 16), n = s->length;
    int64_t group = s->heads / s->kv_heads;
    float *kt = scratch, *vt = kt + width * padded, *p = vt + width * padded;
    float *ds = p + QUERIES * padded;
    for (int64_t g = 0; g < s->kv_heads; g++) {
        int64_t k_at = (s->heads + g) * width, v_at = (s->heads + s->kv_heads + g) * width;
        transpose_padded(n, width, qkv + k_at, s->qkv_stride, kt, padded);
        transpose_padded(n, width, qkv + v_at, s->qkv_stride, vt, padded);
        head_cache rows = {.values = qkv + k_at, .value_row = s->qkv_stride};
        for (int64_t h = g * group; h < (g + 1) * group; h++) {
            int again = h > g * group;
            for (int64_t from = 0; from < n; from += QUERIES) {
                int64_t to = from + QUERIES < n ? from + QUERIES : n;
                for (int64_t i = from; i < to; i++) {
                    const float *o = out + i * s->out_stride + h * width;
                    const float *go = dout + i * s->out_stride + h * width;
                    float *pi = p + (i - from) * padded, *di = ds + (i - from) * padded;
                    float pull = 0;
                    for (int64_t d = 0; d < width; d++) pull += o[d] * go[d];
                    score_gradients(s, i, qkv + i * s->qkv_stride + h * width, go, lse[h * n + i],
                                    pull, kt, vt, padded, pi, di);
                    weighted_values(s->causal ? i + 1 : n, di, &rows, width, 1.0f,
                                    dqkv + i * s->qkv_stride + h * width);
                }
                transposed_rows(from, to, s->causal ? to : n, s->causal, ds, padded, qkv + h * width, s->qkv_stride, width,
                                dqkv + k_at, s->qkv_stride, again);
                transposed_rows(from, to, s->causal ? to : n, s->causal, p, padded, dout + h * width, s->out_stride, width,
                                dqkv + v_at, s->qkv_stride, again);
            }
        }
    }
}
