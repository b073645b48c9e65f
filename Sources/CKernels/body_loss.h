// Log-probabilities of the next token, the entropy of its distribution, and their gradients.

static __attribute__((noinline)) void log_softmax_row(int64_t v, const float *row, int32_t target,
                                                      float *logp, float *entropy, float *lse,
                                                      float *parts) {
    const vf least = splat(-INFINITY);
    vf most = least;
    for (int64_t i = 0; i < v; i += LANES) {
        vf x = load_some(row + i, v - i, -INFINITY);
        most = choose(most < x, x, most);
    }
    float top = max_lanes(most);
    vf sums = {0}, weighted = {0};
    for (int64_t i = 0; i < v; i += LANES) {
        vf x = load_some(row + i, v - i, -1e30f) - splat(top);
        vf e = exponential(x);
        sums = sums + e;
        weighted = e * x + weighted;
    }
    float sum = sum_lanes(sums), log_sum = logf(sum);
    *logp = target >= 0 ? (row[target] - top) - log_sum : 0;
    *entropy = log_sum - sum_lanes(weighted) / sum;
    *lse = top + log_sum;
    if (parts) {
        parts[0] = top;
        parts[1] = log_sum;
    }
}

// Of each row: log π(target) (0 where the target is negative), entropy in nats, log-sum-exp; and
// in `parts`, unless NULL, the greatest logit and the log of Σ e^(x - greatest).
static void log_softmax(int64_t rows, int64_t v, const float *logits, const int32_t *targets,
                        float *logp, float *entropy, float *lse, float *parts) {
    for (int64_t r = 0; r < rows; r++)
        log_softmax_row(v, logits + r * v, targets ? targets[r] : -1, logp + r, entropy + r,
                        lse + r, parts ? parts + 2 * r : NULL);
}

// Turns logits into dL/dlogits, given dL/dlogp and (unless NULL) dL/dentropy of each row.
static void log_softmax_back(int64_t rows, int64_t v, float *logits, const int32_t *targets,
                             const float *entropy, const float *lse, const float *dlogp,
                             const float *dentropy) {
    for (int64_t r = 0; r < rows; r++) {
        float *row = logits + r * v;
        float g = dlogp[r], ge = dentropy ? dentropy[r] : 0;
        for (int64_t i = 0; i < v; i += LANES) {
            vf l = load_some(row + i, v - i, -1e30f) - splat(lse[r]);
            vf p = exponential(l);
            vf d = splat(-g) * p;
            if (ge != 0) d = d - splat(ge) * p * (l + splat(entropy[r]));
            store_some(row + i, v - i, d);
        }
        if (targets[r] >= 0) row[targets[r]] += g;
    }
}
