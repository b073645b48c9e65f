internal import CKernels

extension Kernels {
    /// Of each row of `logits` `[rows, V]`: log π(target), 0 where the target is negative; the
    /// entropy in nats; the log of the sum of exponentials; and in `parts`, `[rows, 2]`, the
    /// greatest logit and the log of Σ e^(x − greatest), whose two subtractions give log π.
    package func logSoftmax(
        rows: Int, vocabulary: Int, _ logits: UnsafePointer<Float>,
        targets: UnsafePointer<Int32>?, logProbabilities: UnsafeMutablePointer<Float>,
        entropies: UnsafeMutablePointer<Float>, logSums: UnsafeMutablePointer<Float>,
        parts: UnsafeMutablePointer<Float>? = nil
    ) {
        ck_log_softmax(
            table, Int64(rows), Int64(vocabulary), logits, targets, logProbabilities, entropies,
            logSums, parts)
    }

    /// Turns logits into their gradient, given those of log π(target) and, unless nil, of the
    /// entropy.
    package func logSoftmaxBackward(
        rows: Int, vocabulary: Int, _ logits: UnsafeMutablePointer<Float>,
        targets: UnsafePointer<Int32>, entropies: UnsafePointer<Float>,
        logSums: UnsafePointer<Float>, dLogProbabilities: UnsafePointer<Float>,
        dEntropies: UnsafePointer<Float>?
    ) {
        ck_log_softmax_back(
            table, Int64(rows), Int64(vocabulary), logits, targets, entropies, logSums,
            dLogProbabilities, dEntropies)
    }
}

/// One AdamW step's numbers.
package struct AdamWStep: Sendable {
    /// Step size.
    package var rate: Float
    /// Decay of the mean and of the mean square.
    package var beta1: Float, beta2: Float
    /// Added to the root.
    package var epsilon: Float
    /// Decoupled weight decay.
    package var decay: Float
    /// Number of this step, from 1.
    package var step: Int
    /// The gradient is multiplied by this first (clipping).
    package var gradientScale: Float

    /// A step from its parts.
    package init(
        rate: Float, beta1: Float, beta2: Float, epsilon: Float, decay: Float, step: Int,
        gradientScale: Float
    ) {
        self.rate = rate
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.decay = decay
        self.step = step
        self.gradientScale = gradientScale
    }
}

extension Kernels {
    /// Updates `count` weights and their moments in place and clears the gradient; `halves` get the weights as
    /// bfloat16.
    package func adamW(
        _ count: Int, _ step: AdamWStep, gradient: UnsafeMutablePointer<Float>,
        mean: UnsafeMutablePointer<Float>, square: UnsafeMutablePointer<Float>,
        weights: UnsafeMutablePointer<Float>, halves: UnsafeMutablePointer<BFloat16>? = nil
    ) {
        var settings = ck_adamw(
            rate: step.rate, beta1: step.beta1, beta2: step.beta2, epsilon: step.epsilon,
            decay: step.decay, correction1: 1 - power(step.beta1, step.step),
            correction2: 1 - power(step.beta2, step.step), gradient_scale: step.gradientScale)
        let bits = UnsafeMutableRawPointer(halves)?.assumingMemoryBound(to: UInt16.self)
        ck_adamw_step(table, Int64(count), &settings, gradient, mean, square, weights, bits)
    }
}

/// `base` to a whole power by repeated squaring in double precision, the same on every platform.
private func power(_ base: Float, _ exponent: Int) -> Float {
    var result = 1.0
    var square = Double(base)
    var left = exponent
    while left > 0 {
        if left & 1 == 1 { result *= square }
        square *= square
        left >>= 1
    }
    return Float(result)
}
