// Rows become columns, in blocks of LANES × LANES that stay in registers.

#if LANES == 16
// Numbers whose bit S of the index is set change places between two rows.
#define SWAP_16(S, a, b)                                                                           \
    do {                                                                                           \
        vf low = a, high = b;                                                                      \
        a = __builtin_shufflevector(low, high, PICK(S, 0), PICK(S, 1), PICK(S, 2), PICK(S, 3),     \
                                    PICK(S, 4), PICK(S, 5), PICK(S, 6), PICK(S, 7), PICK(S, 8),    \
                                    PICK(S, 9), PICK(S, 10), PICK(S, 11), PICK(S, 12),             \
                                    PICK(S, 13), PICK(S, 14), PICK(S, 15));                        \
        b = __builtin_shufflevector(low, high, REST(S, 0), REST(S, 1), REST(S, 2), REST(S, 3),     \
                                    REST(S, 4), REST(S, 5), REST(S, 6), REST(S, 7), REST(S, 8),    \
                                    REST(S, 9), REST(S, 10), REST(S, 11), REST(S, 12),             \
                                    REST(S, 13), REST(S, 14), REST(S, 15));                        \
    } while (0)
#define PICK(S, i) (((i) & (S)) ? 16 + (i) - (S) : (i))
#define REST(S, i) (((i) & (S)) ? 16 + (i) : (i) + (S))
#define STAGE_16(S)                                                                                \
    UNROLL for (int i = 0; i < 16; i++)                                                            \
        if (!(i & S)) SWAP_16(S, v[i], v[i + S])

INLINE void transpose_block(const float *x, int64_t stride, vf *v) {
    UNROLL for (int i = 0; i < 16; i++) v[i] = load(x + i * stride);
    STAGE_16(1);
    STAGE_16(2);
    STAGE_16(4);
    STAGE_16(8);
}
#else
INLINE void transpose_block(const float *x, int64_t stride, vf *v) {
    for (int i = 0; i < LANES; i++)
        for (int j = 0; j < LANES; j++) v[j][i] = x[i * stride + j];
}
#endif

// Rows and columns of a part of a matrix that is transposed before the next: few pages on either side.
enum { TRANSPOSED_PART = 64 };

INLINE void transpose_part(int64_t rows, int64_t columns, const float *x, int64_t stride, float *out,
                           int64_t out_stride) {
    int64_t j = 0;
    for (; j + LANES <= columns; j += LANES) {
        int64_t i = 0;
        for (; i + LANES <= rows; i += LANES) {
            vf v[LANES];
            transpose_block(x + i * stride + j, stride, v);
            UNROLL for (int k = 0; k < LANES; k++) store(out + (j + k) * out_stride + i, v[k]);
        }
        for (; i < rows; i++)
            for (int k = 0; k < LANES; k++) out[(j + k) * out_stride + i] = x[i * stride + j + k];
    }
    for (; j < columns; j++)
        for (int64_t i = 0; i < rows; i++) out[j * out_stride + i] = x[i * stride + j];
}

// out[j·out_stride + i] = x[i·stride + j].
static void transpose(int64_t rows, int64_t columns, const float *x, int64_t stride, float *out,
                      int64_t out_stride) {
    for (int64_t i = 0; i < rows; i += TRANSPOSED_PART) {
        int64_t some = rows - i < TRANSPOSED_PART ? rows - i : TRANSPOSED_PART;
        for (int64_t j = 0; j < columns; j += TRANSPOSED_PART) {
            int64_t across = columns - j < TRANSPOSED_PART ? columns - j : TRANSPOSED_PART;
            transpose_part(some, across, x + i * stride + j, stride, out + j * out_stride + i,
                           out_stride);
        }
    }
}

// As `transpose`, with zeros from the last row up to out_stride.
static void transpose_padded(int64_t rows, int64_t columns, const float *x, int64_t stride,
                             float *out, int64_t out_stride) {
    transpose(rows, columns, x, stride, out, out_stride);
    for (int64_t j = 0; j < columns; j++)
        for (int64_t i = rows; i < out_stride; i++) out[j * out_stride + i] = 0;
}

// As `transpose` of rows that are not padded, to bfloat16.
static void transpose_to_half(int64_t rows, int64_t columns, const float *x, uint16_t *out) {
    float part[TRANSPOSED_PART * TRANSPOSED_PART];
    for (int64_t i = 0; i < rows; i += TRANSPOSED_PART) {
        int64_t some = rows - i < TRANSPOSED_PART ? rows - i : TRANSPOSED_PART;
        for (int64_t j = 0; j < columns; j += TRANSPOSED_PART) {
            int64_t across = columns - j < TRANSPOSED_PART ? columns - j : TRANSPOSED_PART;
            transpose_part(some, across, x + i * columns + j, columns, part, some);
            for (int64_t k = 0; k < across; k++)
                to_half(some, part + k * some, out + (j + k) * rows + i);
        }
    }
}
