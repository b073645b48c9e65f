// Vectors of LANES floats: loads, tails, fixed-order sums and the exponential.
typedef float vf __attribute__((vector_size(4 * LANES)));
typedef int32_t vi __attribute__((vector_size(4 * LANES)));
typedef float vfu __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

INLINE vf load(const float *p) { return *(const vfu *)p; }
INLINE void store(float *p, vf v) { *(vfu *)p = v; }
INLINE vf splat(float x) { return x - (vf){0}; }
INLINE vf choose(vi mask, vf yes, vf no) { return (vf)(((vi)yes & mask) | ((vi)no & ~mask)); }

INLINE vf load_some(const float *p, int64_t n, float fill) {
    if (n >= LANES) return load(p);
    float t[LANES];
    for (int i = 0; i < LANES; i++) t[i] = i < n ? p[i] : fill;
    return load(t);
}
INLINE void store_some(float *p, int64_t n, vf v) {
    if (n >= LANES) {
        store(p, v);
        return;
    }
    float t[LANES];
    store(t, v);
    for (int i = 0; i < n; i++) p[i] = t[i];
}

// All ones in the lanes below n.
INLINE vi lanes_below(int64_t n) {
    vi index;
    for (int i = 0; i < LANES; i++) index[i] = i;
    return index < (int32_t)(n < LANES ? n : LANES);
}

// A tree sum, always in the same order.
INLINE float sum_lanes(vf v) {
    float t[LANES];
    store(t, v);
    UNROLL for (int s = LANES / 2; s > 0; s /= 2) {
        UNROLL for (int i = 0; i < s; i++) t[i] += t[i + s];
    }
    return t[0];
}
INLINE float max_lanes(vf v) {
    float t[LANES];
    store(t, v);
    UNROLL for (int s = LANES / 2; s > 0; s /= 2) {
        UNROLL for (int i = 0; i < s; i++) t[i] = t[i] < t[i + s] ? t[i + s] : t[i];
    }
    return t[0];
}

// e^x within 2e-7 of relative error; 0 below -87.3 and 2^127 or so above 88; NaN stays NaN.
// Range reduction by ln 2 in two parts and Cephes' polynomial of degree 6.
INLINE vf exponential(vf x) {
    const vf low = splat(-87.3f), high = splat(88.0f), magic = splat(12582912.0f);
    vi below = x < low;
    vf y = choose(x > high, high, choose(below, low, x));
    vf t = y * splat(1.44269504f) + magic;
    vf n = t - magic;
    vf r = y - n * splat(0.693359375f);
    r = r - n * splat(-2.12194440e-4f);
    vf p = splat(1.9875691500e-4f);
    p = p * r + splat(1.3981999507e-3f);
    p = p * r + splat(8.3334519073e-3f);
    p = p * r + splat(4.1665795894e-2f);
    p = p * r + splat(1.6666665459e-1f);
    p = p * r + splat(5.0000001201e-1f);
    p = p * (r * r) + r;
    p = p + splat(1.0f);
    vf power = (vf)(((vi)t << 23) + 0x3f800000);
    return choose(below, splat(0.0f), p * power);
}
