// One query row against cached keys and values: all heads go through a page together, so that memory
// is read in long runs, and every sum is that of `attend`.

// Positions of a page.
#define PAGE CK_PAGE_POSITIONS

// One head's scores against the first `keys` positions of a page; those past them are -inf.
INLINE void page_scores(const float *q, const float *page, int64_t keys, int64_t width, float scale,
                        float *scores) {
    for (int64_t lane = 0; lane < PAGE; lane += LANES) {
        vf sum = {0};
        for (int64_t i = 0; i < width; i++) sum = splat(q[i]) * load(page + i * PAGE + lane) + sum;
        sum = sum * splat(scale);
        if (keys < PAGE) sum = choose(lanes_below(keys - lane), sum, splat(-INFINITY));
        store(scores + lane, sum);
    }
}

// Adds p[j]·value[j] of COUNT vectors from `d` on to the four sums of each, by j mod 4.
#define PAGE_VALUES(COUNT)                                                                         \
    do {                                                                                           \
        vf sum[COUNT][4];                                                                          \
        UNROLL for (int c = 0; c < COUNT; c++) {                                                   \
            UNROLL for (int b = 0; b < 4; b++)                                                     \
                sum[c][b] = load(sums + b * sum_row + d + c * LANES);                              \
        }                                                                                          \
        int64_t j = 0;                                                                             \
        for (; j + 4 <= n; j += 4) {                                                               \
            UNROLL for (int b = 0; b < 4; b++) {                                                   \
                UNROLL for (int c = 0; c < COUNT; c++)                                             \
                    sum[c][b] = splat(p[j + b]) * load(values + (j + b) * width + d + c * LANES) + \
                                sum[c][b];                                                         \
            }                                                                                      \
        }                                                                                          \
        for (; j < n; j++) {                                                                       \
            UNROLL for (int c = 0; c < COUNT; c++)                                                 \
                sum[c][0] = splat(p[j]) * load(values + j * width + d + c * LANES) + sum[c][0];    \
        }                                                                                          \
        UNROLL for (int c = 0; c < COUNT; c++) {                                                   \
            UNROLL for (int b = 0; b < 4; b++)                                                     \
                store(sums + b * sum_row + d + c * LANES, sum[c][b]);                              \
        }                                                                                          \
    } while (0)

// One head's part of a page: n probabilities and values.
INLINE void page_values(int64_t n, const float *p, const float *values, int64_t width, float *sums,
                        int64_t sum_row) {
    int64_t d = 0;
    for (; d + 2 * LANES <= width; d += 2 * LANES) PAGE_VALUES(2);
    for (; d + LANES <= width; d += LANES) PAGE_VALUES(1);
    for (; d < width; d++) {
        float sum = sums[d];
        for (int64_t j = 0; j < n; j++) sum = p[j] * values[j * width + d] + sum;
        sums[d] = sum;
    }
}

// `width` is s->head_width: a constant where it is a usual one.
INLINE void attend_width(const ck_cache *s, int64_t width, const float *q,
                         const float *const *pages, int64_t offset, int64_t keys, float *scratch,
                         float *out) {
    int64_t group = s->heads / s->kv_heads, size = PAGE * width;
    int64_t score_row = ck_round_up(keys, PAGE), sum_row = ck_round_up(width, LANES);
    int64_t values = offset + s->kv_heads * size;
    float *scores = scratch, *sums = scores + s->heads * score_row;
    float *factors = sums + s->heads * 4 * sum_row;
    for (int64_t j = 0; j < keys; j += PAGE) {
        const float *page = pages[j / PAGE] + offset;
        for (int64_t g = 0; g < s->kv_heads; g++)
            for (int64_t h = g * group; h < (g + 1) * group; h++)
                page_scores(q + h * width, page + g * size, keys - j, width, s->scale,
                            scores + h * score_row + j);
    }
    for (int64_t h = 0; h < s->heads; h++) {
        float *row = scores + h * score_row;
        vf top = splat(-INFINITY);
        for (int64_t j = 0; j < keys; j += LANES) top = choose(top < load(row + j), load(row + j), top);
        factors[h] = 1.0f / exponentiate(keys, max_lanes(top), row);
    }
    memset(sums, 0, sizeof(float) * (size_t)(s->heads * 4 * sum_row));
    for (int64_t j = 0; j < keys; j += PAGE) {
        int64_t n = keys - j < PAGE ? keys - j : PAGE;
        const float *page = pages[j / PAGE] + values;
        for (int64_t g = 0; g < s->kv_heads; g++)
            for (int64_t h = g * group; h < (g + 1) * group; h++) {
                const float *p = scores + h * score_row + j;
                float *to = sums + h * 4 * sum_row;
                if (n == PAGE) page_values(PAGE, p, page + g * size, width, to, sum_row);
                else page_values(n, p, page + g * size, width, to, sum_row);
            }
    }
    for (int64_t h = 0; h < s->heads; h++) {
        const float *sum = sums + h * 4 * sum_row;
        int64_t d = 0;
        for (; d + LANES <= width; d += LANES) {
            vf first = load(sum + d) + load(sum + sum_row + d);
            vf second = load(sum + 2 * sum_row + d) + load(sum + 3 * sum_row + d);
            store(out + h * width + d, (first + second) * splat(factors[h]));
        }
        for (; d < width; d++) out[h * width + d] = sum[d] * factors[h];
    }
}

static __attribute__((noinline)) void attend_pages(const ck_cache *s, const float *q,
                                                   const float *const *pages, int64_t offset,
                                                   int64_t keys, float *scratch, float *out) {
    switch (s->head_width) {
    case 32: attend_width(s, 32, q, pages, offset, keys, scratch, out); break;
    case 64: attend_width(s, 64, q, pages, offset, keys, scratch, out); break;
    case 128: attend_width(s, 128, q, pages, offset, keys, scratch, out); break;
    default: attend_width(s, s->head_width, q, pages, offset, keys, scratch, out); break;
    }
}

// A row's keys and values to one position of a page.
static void keep_in_page(const ck_cache *s, const float *row, float *page, int64_t position) {
    int64_t count = s->kv_heads * s->head_width;
    float *values = page + count * PAGE + position * s->head_width;
    for (int64_t i = 0; i < count; i++) page[i * PAGE + position] = row[i];
    for (int64_t g = 0; g < s->kv_heads; g++)
        memcpy(values + g * PAGE * s->head_width, row + count + g * s->head_width,
               sizeof(float) * (size_t)s->head_width);
}
