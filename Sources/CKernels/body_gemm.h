// Matrix products in a fixed order: each element of C is one chain of multiply-adds over k, so
// neither the number of rows nor their tile changes a bit of it.
#define PANEL (2 * LANES)

static void pack_panel(int64_t columns, int64_t k, const float *b, int64_t b_row,
                       int64_t b_column, float *out) {
    if (columns == PANEL && b_column == 1) {
        for (int64_t i = 0; i < k; i++, out += PANEL) {
            store(out, load(b + i * b_row));
            store(out + LANES, load(b + i * b_row + LANES));
        }
        return;
    }
    for (int64_t first = 0; first < k; first += 16) {
        int64_t last = first + 16 < k ? first + 16 : k;
        for (int64_t j = 0; j < PANEL; j++) {
            if (j < columns) {
                const float *column = b + j * b_column;
                for (int64_t i = first; i < last; i++) out[i * PANEL + j] = column[i * b_row];
            } else {
                for (int64_t i = first; i < last; i++) out[i * PANEL + j] = 0;
            }
        }
    }
}

static void pack(int64_t n, int64_t k, const float *b, int64_t b_row, int64_t b_column,
                 float *out) {
    for (int64_t j = 0; j < n; j += PANEL) {
        int64_t columns = n - j < PANEL ? n - j : PANEL;
        pack_panel(columns, k, b + j * b_column, b_row, b_column, out + j * k);
    }
}

// One tile of R rows by one panel.
#define TILE(R)                                                                                \
    static void tile_##R(int64_t k, const float *a, int64_t a_row, int64_t a_column,           \
                         const float *b, float *c, int64_t c_row, int64_t columns,             \
                         int accumulate) {                                                     \
        vf sum[R][2];                                                                          \
        UNROLL for (int r = 0; r < R; r++) sum[r][0] = sum[r][1] = (vf){0};                    \
        for (int64_t i = 0; i < k; i++, b += PANEL, a += a_column) {                           \
            vf b0 = load(b), b1 = load(b + LANES);                                             \
            UNROLL for (int r = 0; r < R; r++) {                                               \
                vf x = splat(a[r * a_row]);                                                    \
                sum[r][0] = x * b0 + sum[r][0];                                                \
                sum[r][1] = x * b1 + sum[r][1];                                                \
            }                                                                                  \
        }                                                                                      \
        UNROLL for (int r = 0; r < R; r++) {                                                   \
            float *row = c + r * c_row;                                                        \
            UNROLL for (int h = 0; h < 2; h++) {                                               \
                int64_t left = columns - h * LANES;                                            \
                if (left <= 0) continue;                                                       \
                vf value = sum[r][h];                                                          \
                if (accumulate) value = value + load_some(row + h * LANES, left, 0);           \
                store_some(row + h * LANES, left, value);                                      \
            }                                                                                  \
        }                                                                                      \
    }
TILE(1)
TILE(2)
TILE(3)
TILE(4)
TILE(5)
TILE(6)
#if TILE_ROWS > 6
TILE(7)
TILE(8)
TILE(9)
TILE(10)
TILE(11)
TILE(12)
TILE(13)
TILE(14)
#endif

typedef void (*tile_function)(int64_t, const float *, int64_t, int64_t, const float *, float *,
                              int64_t, int64_t, int);
static const tile_function tiles[TILE_ROWS + 1] = {
    0,      tile_1, tile_2, tile_3, tile_4,  tile_5,  tile_6,
#if TILE_ROWS > 6
    tile_7, tile_8, tile_9, tile_10, tile_11, tile_12, tile_13, tile_14,
#endif
};

// One panel of B against all rows of A, in tiles of about equal height.
static void multiply_panel(const ck_product *p, int64_t j, const float *panel) {
    int64_t columns = p->n - j < PANEL ? p->n - j : PANEL;
    int64_t count = (p->m + TILE_ROWS - 1) / TILE_ROWS, row = 0;
    for (int64_t t = 0; t < count; t++) {
        int64_t height = (p->m - row + (count - t) - 1) / (count - t);
        tiles[height](p->k, p->a + row * p->a_row, p->a_row, p->a_column, panel,
                      p->c + row * p->c_row + j, p->c_row, columns, p->accumulate);
        row += height;
    }
}

static void gemm_packed(const ck_product *p, const float *packed) {
    for (int64_t j = 0; j < p->n; j += PANEL) multiply_panel(p, j, packed + j * p->k);
}

static void gemm(const ck_product *p, float *scratch) {
    for (int64_t j = 0; j < p->n; j += PANEL) {
        int64_t columns = p->n - j < PANEL ? p->n - j : PANEL;
        pack_panel(columns, p->k, p->b + j * p->b_column, p->b_row, p->b_column, scratch);
        multiply_panel(p, j, scratch);
    }
}
