#include <string.h>

#include "CKernels.h"

// Loops without branches, which the compiler turns into vectors. Addresses on the file's side need
// no alignment: `memcpy` of a fixed size is a plain load or store.

enum { INFINITE = 0x7F800000, BLOCK = 4096 };

static inline uint32_t bits_of(float x) {
    uint32_t bits;
    memcpy(&bits, &x, 4);
    return bits;
}

static inline float float_of(uint32_t bits) {
    float x;
    memcpy(&x, &bits, 4);
    return x;
}

static inline uint16_t half_at(const char *in, int64_t i) {
    uint16_t half;
    memcpy(&half, in + 2 * i, 2);
    return half;
}

int32_t ck_read_f32(int64_t n, const void *in, float *out) {
    uint32_t bad = 0;
    for (int64_t start = 0; start < n; start += BLOCK) {
        const int64_t count = n - start < BLOCK ? n - start : BLOCK;
        memcpy(out + start, (const char *)in + 4 * start, (size_t)count * 4);
        for (int64_t i = 0; i < count; i++) {
            bad |= (bits_of(out[start + i]) & INFINITE) == INFINITE;
        }
    }
    return !bad;
}

int32_t ck_read_bf16(int64_t n, const void *in, float *out) {
    uint32_t bad = 0;
    for (int64_t i = 0; i < n; i++) {
        const uint32_t bits = (uint32_t)half_at(in, i) << 16;
        bad |= (bits & INFINITE) == INFINITE;
        out[i] = float_of(bits);
    }
    return !bad;
}

int32_t ck_read_f16(int64_t n, const void *in, float *out) {
    uint32_t bad = 0;
    for (int64_t i = 0; i < n; i++) {
        const uint32_t half = half_at(in, i);
        const uint32_t rest = half & 0x7FFF, sign = (half & 0x8000) << 16;
        const uint32_t special = rest >= 0x7C00;
        // The exponent's bias grows by 112; that of infinity and NaN by as much once more.
        const uint32_t normal = (rest << 13) + ((special ? 224u : 112u) << 23);
        const uint32_t small = bits_of((float)(int32_t)rest * 0x1p-24f);
        bad |= special;
        out[i] = float_of(sign | (rest < 0x0400 ? small : normal));
    }
    return !bad;
}

// Truncating a NaN could leave an infinity, so its first bit of fraction is set.
int32_t ck_write_bf16(int64_t n, const float *in, uint16_t *out) {
    uint32_t beyond = 0;
    for (int64_t i = 0; i < n; i++) {
        const uint32_t bits = bits_of(in[i]), rest = bits & 0x7FFFFFFF;
        const uint32_t nearest = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16;
        const uint32_t quiet = bits >> 16 | 0x40;
        beyond |= rest >= 0x7F7F8000 && rest < INFINITE;
        out[i] = (uint16_t)(rest > INFINITE ? quiet : nearest);
    }
    return !beyond;
}

int32_t ck_write_f16(int64_t n, const float *in, uint16_t *out) {
    uint32_t beyond = 0;
    for (int64_t i = 0; i < n; i++) {
        const uint32_t bits = bits_of(in[i]), rest = bits & 0x7FFFFFFF;
        const uint32_t normal = (rest + 0xFFF + (rest >> 13 & 1) - (112u << 23)) >> 13;
        // Beside one half a float's last bit is worth 2^-24, the step of the small halves, so the
        // sum is rounded as they are.
        const uint32_t small = bits_of(float_of(rest) + 0.5f) - bits_of(0.5f);
        const uint32_t quiet = 0x7E00 | (rest >> 13 & 0x3FF);
        uint32_t half = rest < 0x38800000 ? small : normal;
        half = rest >= 0x477FF000 ? 0x7C00 : half;
        half = rest > INFINITE ? quiet : half;
        beyond |= rest >= 0x477FF000 && rest < INFINITE;
        out[i] = (uint16_t)(bits >> 16 & 0x8000) | (uint16_t)half;
    }
    return !beyond;
}
