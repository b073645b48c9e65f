// Causal attention. One routine serves a single query against a cache and the queries of a whole
// sequence, so a decoded token and a trained one see the same bits.

// Keys lie transposed in blocks of 16: number i of key j is kt[(j / 16)·block + i·row + j % 16].
INLINE const float *keys_at(const float *kt, int64_t block, int64_t j) {
    return kt + (j >> 4) * block + (j & 15);
}

// The scores of COUNT times LANES keys from j on; lanes past `keys` are -inf.
#define SCORE_GROUP(COUNT)                                                                         \
    do {                                                                                           \
        vf sum[COUNT] = {0};                                                                       \
        const float *at[COUNT];                                                                    \
        UNROLL for (int b = 0; b < COUNT; b++) at[b] = keys_at(kt, block, j + b * LANES);          \
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
INLINE float score_keys(const float *q, const float *kt, int64_t row, int64_t block, int64_t keys,
                        int64_t head_width, float scale, float *scores) {
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

// out = Σ p[j]·rows[j] over n rows of `width`, times `factor`: four sums by j mod 4.
INLINE void weighted_rows(int64_t n, const float *p, const float *rows, int64_t stride,
                          int64_t width, float factor, float *out) {
    int64_t d = 0;
    for (; d + LANES <= width; d += LANES) {
        vf sum[4] = {0};
        int64_t j = 0;
        for (; j + 4 <= n; j += 4) {
            UNROLL for (int b = 0; b < 4; b++)
                sum[b] = splat(p[j + b]) * load(rows + (j + b) * stride + d) + sum[b];
        }
        for (; j < n; j++) sum[0] = splat(p[j]) * load(rows + j * stride + d) + sum[0];
        store(out + d, ((sum[0] + sum[1]) + (sum[2] + sum[3])) * splat(factor));
    }
    for (; d < width; d++) {
        float sum = 0;
        for (int64_t j = 0; j < n; j++) sum = p[j] * rows[j * stride + d] + sum;
        out[d] = sum * factor;
    }
}

static __attribute__((noinline)) void attend(const float *q, const float *kt, int64_t kt_row,
                                             int64_t kt_block, const float *v, int64_t v_stride,
                                             int64_t keys, int64_t head_width, float scale,
                                             float *scores, float *out, float *lse) {
    float top = score_keys(q, kt, kt_row, kt_block, keys, head_width, scale, scores);
    vf total = {0};
    for (int64_t j = 0; j < keys; j += LANES) {
        vf e = exponential(load(scores + j) - splat(top));
        store(scores + j, e);
        total = total + e;
    }
    float sum = sum_lanes(total);
    weighted_rows(keys, scores, v, v_stride, head_width, 1.0f / sum, out);
    if (lse) *lse = top + logf(sum);
}

static void transpose(int64_t rows, int64_t width, const float *x, int64_t stride, float *out,
                      int64_t out_stride) {
    for (int64_t r = 0; r < rows; r++)
        for (int64_t i = 0; i < width; i++) out[i * out_stride + r] = x[r * stride + i];
    for (int64_t i = 0; i < width; i++)
        for (int64_t r = rows; r < out_stride; r++) out[i * out_stride + r] = 0;
}

static void attention(const ck_attention *s, const float *qkv, float *out, float *lse,
                      float *scratch) {
    int64_t width = s->head_width, padded = ck_round_up(s->length, 16);
    int64_t group = s->heads / s->kv_heads;
    float *kt = scratch, *scores = kt + width * padded;
    for (int64_t g = 0; g < s->kv_heads; g++) {
        const float *k = qkv + (s->heads + g) * width;
        const float *v = qkv + (s->heads + s->kv_heads + g) * width;
        transpose(s->length, width, k, s->qkv_stride, kt, padded);
        for (int64_t h = g * group; h < (g + 1) * group; h++)
            for (int64_t i = 0; i < s->length; i++)
                attend(qkv + i * s->qkv_stride + h * width, kt, padded, 16, v, s->qkv_stride, i + 1,
                       width, s->scale, scores, out + i * s->out_stride + h * width,
                       lse + h * s->length + i);
    }
}

// out[j] (+)= Σ_{i ≥ j} p[i][j]·rows[i]: the transposed product, four columns at once.
INLINE void transposed_rows(int64_t n, const float *p, int64_t p_stride, const float *rows,
                            int64_t stride, int64_t width, float *out, int64_t out_stride,
                            int accumulate) {
    for (int64_t j = 0; j < n; j += 4) {
        int64_t d = 0, columns = n - j < 4 ? n - j : 4;
        for (; d + LANES <= width; d += LANES) {
            vf sum[4] = {0};
            for (int64_t i = j; i < n; i++) {
                vf row = load(rows + i * stride + d);
                UNROLL for (int b = 0; b < 4; b++)
                    sum[b] = splat(p[i * p_stride + j + b]) * row + sum[b];
            }
            for (int64_t b = 0; b < columns; b++) {
                float *to = out + (j + b) * out_stride + d;
                store(to, accumulate ? load(to) + sum[b] : sum[b]);
            }
        }
        for (; d < width; d++)
            for (int64_t b = 0; b < columns; b++) {
                float sum = 0;
                for (int64_t i = j; i < n; i++)
                    sum = p[i * p_stride + j + b] * rows[i * stride + d] + sum;
                float *to = out + (j + b) * out_stride + d;
                *to = accumulate ? *to + sum : sum;
            }
    }
}

// Probabilities and the gradient of the scores of query i, recomputed from the saved log-sum.
INLINE void score_gradients(const ck_attention *s, int64_t i, const float *q, const float *dout,
                            float lse, float pull, const float *kt, const float *vt,
                            int64_t padded, float *p, float *ds) {
    for (int64_t j = 0; j <= i; j += LANES) {
        vf score = {0}, dp = {0};
        for (int64_t d = 0; d < s->head_width; d++) {
            score = splat(q[d]) * load(kt + d * padded + j) + score;
            dp = splat(dout[d]) * load(vt + d * padded + j) + dp;
        }
        vf value = exponential(score * splat(s->scale) - splat(lse));
        value = choose(lanes_below(i + 1 - j), value, splat(0.0f));
        store(p + j, value);
        store(ds + j, value * (dp - splat(pull)) * splat(s->scale));
    }
}

// Gradients of q, k and v into dqkv, which is overwritten.
static void attention_back(const ck_attention *s, const float *qkv, const float *out,
                           const float *lse, const float *dout, float *dqkv, float *scratch) {
    int64_t width = s->head_width, padded = ck_round_up(s->length, 16), n = s->length;
    int64_t group = s->heads / s->kv_heads;
    float *kt = scratch, *vt = kt + width * padded, *p = vt + width * padded;
    float *ds = p + n * padded;
    for (int64_t g = 0; g < s->kv_heads; g++) {
        int64_t k_at = (s->heads + g) * width, v_at = (s->heads + s->kv_heads + g) * width;
        transpose(n, width, qkv + k_at, s->qkv_stride, kt, padded);
        transpose(n, width, qkv + v_at, s->qkv_stride, vt, padded);
        for (int64_t h = g * group; h < (g + 1) * group; h++) {
            for (int64_t i = 0; i < n; i++) {
                const float *o = out + i * s->out_stride + h * width;
                const float *go = dout + i * s->out_stride + h * width;
                float pull = 0;
                for (int64_t d = 0; d < width; d++) pull += o[d] * go[d];
                score_gradients(s, i, qkv + i * s->qkv_stride + h * width, go, lse[h * n + i],
                                pull, kt, vt, padded, p + i * padded, ds + i * padded);
                weighted_rows(i + 1, ds + i * padded, qkv + k_at, s->qkv_stride, width, 1.0f,
                              dqkv + i * s->qkv_stride + h * width);
            }
            int again = h > g * group;
            transposed_rows(n, ds, padded, qkv + h * width, s->qkv_stride, width, dqkv + k_at,
                            s->qkv_stride, again);
            transposed_rows(n, p, padded, dout + h * width, s->out_stride, width, dqkv + v_at,
                            s->qkv_stride, again);
        }
    }
}
