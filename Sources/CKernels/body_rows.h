// Kernels over rows: norm, rotary positions, SwiGLU; and over flat buffers: sums and AdamW.

// y = (x + add) · w / rms(x + add); the sum is kept in `sum`, 1/rms in `inverse`.
static void norm(int64_t rows, int64_t d, const float *x, const float *add, float *sum,
                 const float *w, float eps, float *y, float *inverse) {
    for (int64_t r = 0; r < rows; r++) {
        const float *from = x + r * d;
        vf squares = {0};
        for (int64_t i = 0; i < d; i += LANES) {
            vf v = load_some(from + i, d - i, 0);
            if (add) {
                v = v + load_some(add + r * d + i, d - i, 0);
                store_some(sum + r * d + i, d - i, v);
            }
            squares = v * v + squares;
        }
        if (add) from = sum + r * d;
        float scale = 1.0f / sqrtf(sum_lanes(squares) / (float)d + eps);
        if (inverse) inverse[r] = scale;
        for (int64_t i = 0; i < d; i += LANES) {
            vf v = load_some(from + i, d - i, 0) * splat(scale) * load_some(w + i, d - i, 0);
            store_some(y + r * d + i, d - i, v);
        }
    }
}

// dx += ∂norm/∂x, dw += ∂norm/∂w.
static void norm_back(int64_t rows, int64_t d, const float *dy, const float *x, const float *w,
                      const float *inverse, float *dx, float *dw) {
    for (int64_t r = 0; r < rows; r++) {
        const float *g = dy + r * d, *v = x + r * d;
        float scale = inverse[r];
        vf products = {0};
        for (int64_t i = 0; i < d; i += LANES)
            products = load_some(g + i, d - i, 0) * load_some(w + i, d - i, 0) *
                           load_some(v + i, d - i, 0) + products;
        float pull = sum_lanes(products) * scale * scale * scale / (float)d;
        for (int64_t i = 0; i < d; i += LANES) {
            vf gi = load_some(g + i, d - i, 0), xi = load_some(v + i, d - i, 0);
            vf out = gi * load_some(w + i, d - i, 0) * splat(scale) - xi * splat(pull);
            store_some(dx + r * d + i, d - i, load_some(dx + r * d + i, d - i, 0) + out);
            vf dwi = gi * xi * splat(scale) + load_some(dw + i, d - i, 0);
            store_some(dw + i, d - i, dwi);
        }
    }
}

// Rotates the two halves of each head by the angle of its position; sign -1 turns back.
static void rope(int64_t rows, int64_t heads, int64_t head_width, float *x, int64_t stride,
                 const int32_t *positions, const float *cosine, const float *sine, float sign) {
    int64_t half = head_width / 2;
    for (int64_t r = 0; r < rows; r++) {
        const float *c = cosine + positions[r] * half, *s = sine + positions[r] * half;
        for (int64_t h = 0; h < heads; h++) {
            float *p = x + r * stride + h * head_width;
            int64_t i = 0;
            for (; i + LANES <= half; i += LANES) {
                vf a = load(p + i), b = load(p + half + i);
                vf ci = load(c + i), si = load(s + i) * splat(sign);
                store(p + i, a * ci - b * si);
                store(p + half + i, b * ci + a * si);
            }
            for (; i < half; i++) {
                float a = p[i], b = p[half + i], si = s[i] * sign;
                p[i] = a * c[i] - b * si;
                p[half + i] = b * c[i] + a * si;
            }
        }
    }
}

// h = silu(g) · u.
static void swiglu(int64_t rows, int64_t f, const float *g, const float *u, int64_t stride,
                   float *h, int64_t h_stride) {
    for (int64_t r = 0; r < rows; r++, g += stride, u += stride, h += h_stride) {
        for (int64_t i = 0; i < f; i += LANES) {
            vf a = load_some(g + i, f - i, 0);
            vf sigmoid = splat(1.0f) / (exponential(-a) + splat(1.0f));
            store_some(h + i, f - i, a * sigmoid * load_some(u + i, f - i, 0));
        }
    }
}

static void swiglu_back(int64_t rows, int64_t f, const float *gu, const float *dh, float *dgu) {
    for (int64_t r = 0; r < rows; r++) {
        const float *g = gu + r * 2 * f, *u = g + f;
        float *dg = dgu + r * 2 * f, *du = dg + f;
        for (int64_t i = 0; i < f; i += LANES) {
            vf a = load_some(g + i, f - i, 0), b = load_some(u + i, f - i, 0);
            vf d = load_some(dh + r * f + i, f - i, 0);
            vf sigmoid = splat(1.0f) / (exponential(-a) + splat(1.0f));
            vf silu = a * sigmoid;
            store_some(du + i, f - i, d * silu);
            store_some(dg + i, f - i, d * b * (sigmoid + silu * (splat(1.0f) - sigmoid)));
        }
    }
}

// out = e^((x - shift)·scale).
static void exponentials(int64_t n, const float *x, float shift, float scale, float *out) {
    for (int64_t i = 0; i < n; i += LANES) {
        vf v = (load_some(x + i, n - i, 0) - splat(shift)) * splat(scale);
        store_some(out + i, n - i, exponential(v));
    }
}

static void add(int64_t n, const float *x, float *y) {
    for (int64_t i = 0; i < n; i += LANES)
        store_some(y + i, n - i, load_some(y + i, n - i, 0) + load_some(x + i, n - i, 0));
}

static void add_scaled(int64_t n, float scale, const float *x, float *y) {
    for (int64_t i = 0; i < n; i += LANES)
        store_some(y + i, n - i,
                   splat(scale) * load_some(x + i, n - i, 0) + load_some(y + i, n - i, 0));
}

static float dot(int64_t n, const float *x, const float *y) {
    vf sum = {0};
    for (int64_t i = 0; i < n; i += LANES)
        sum = load_some(x + i, n - i, 0) * load_some(y + i, n - i, 0) + sum;
    return sum_lanes(sum);
}

static void block_sums(int64_t n, const float *x, float *sums) {
    for (int64_t first = 0; first < n; first += 64) {
        int64_t last = first + 64 < n ? first + 64 : n;
        vf sum = {0};
        for (int64_t i = first; i < last; i += LANES) sum = sum + load_some(x + i, last - i, 0);
        *sums++ = sum_lanes(sum);
    }
}

static void add_to_rows(int64_t rows, int64_t n, const float *x, float *y) {
    for (int64_t r = 0; r < rows; r++) add(n, x, y + r * n);
}

static void add_columns(int64_t rows, int64_t n, const float *x, float *sums) {
    for (int64_t r = 0; r < rows; r++) add(n, x + r * n, sums);
}

static void to_half(int64_t n, const float *x, uint16_t *out) {
    for (int64_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, x + i, 4);
        uint32_t rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
        out[i] = (uint16_t)((bits & 0x7fffffff) > 0x7f800000 ? bits >> 16 | 0x40 : rounded);
    }
}

static void from_half(int64_t n, const uint16_t *x, float *out) {
    for (int64_t i = 0; i < n; i++) {
        uint32_t bits = (uint32_t)x[i] << 16;
        memcpy(out + i, &bits, 4);
    }
}

// Blocks of 1,024 in single precision lanes, added in order in double precision.
static double sum_of_squares(int64_t n, const float *x) {
    double total = 0;
    for (int64_t first = 0; first < n; first += 1024) {
        int64_t last = first + 1024 < n ? first + 1024 : n;
        vf squares = {0};
        for (int64_t i = first; i < last; i += LANES) {
            vf v = load_some(x + i, last - i, 0);
            squares = v * v + squares;
        }
        float t[LANES];
        store(t, squares);
        for (int i = 0; i < LANES; i++) total += t[i];
    }
    return total;
}

INLINE vf square_root(vf x) {
    vf r;
#if __has_builtin(__builtin_elementwise_sqrt)
    r = __builtin_elementwise_sqrt(x);
#else
    for (int i = 0; i < LANES; i++) r[i] = sqrtf(x[i]);
#endif
    return r;
}

// AdamW with decoupled decay; correction1 and correction2 are 1 - betaᵗ. The gradient is cleared, and the
// weights go to `half` as bfloat16 unless it is NULL.
static void adamw(int64_t n, const ck_adamw *s, float *g, float *m, float *v, float *w,
                  uint16_t *half) {
    vf rate = splat(s->rate / s->correction1), keep = splat(1.0f - s->rate * s->decay);
    vf root = splat(1.0f / s->correction2);
    for (int64_t i = 0; i < n; i += LANES) {
        vf gi = load_some(g + i, n - i, 0) * splat(s->gradient_scale);
        vf mi = load_some(m + i, n - i, 0) * splat(s->beta1) + gi * splat(1.0f - s->beta1);
        vf vi_ = load_some(v + i, n - i, 0) * splat(s->beta2) + gi * gi * splat(1.0f - s->beta2);
        vf denominator = square_root(vi_ * root) + splat(s->epsilon);
        vf wi = load_some(w + i, n - i, 0) * keep - rate * mi / denominator;
        store_some(m + i, n - i, mi);
        store_some(v + i, n - i, vi_);
        store_some(w + i, n - i, wi);
        store_some(g + i, n - i, (vf){0});
        if (half) to_half(n - i < LANES ? n - i : LANES, w + i, half + i);
    }
}
