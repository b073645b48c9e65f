import Foundation

/// PPO's surrogate, `−min(ρA, clip(ρ, 1−low, 1+high)A)`.
///
/// The gradient is 0 exactly where A > 0 and ρ > 1+high, or A < 0 and ρ < 1−low. With `dual`, a
/// negative advantage costs at most `dual·|A|` and ρ > dual has no gradient either.
///
/// Source: PPO, arXiv:1707.06347; separate bounds: DAPO, arXiv:2503.14476; dual clip:
/// arXiv:1912.09729, the same as the two-sided δ of INTELLECT-2, arXiv:2505.07291.
func clippedSurrogate(
    _ input: SurrogateInput, low: Double, high: Double, dual: Double?
) -> Surrogate {
    let advantage = input.advantage
    guard advantage != 0 else { return Surrogate(value: 0) }
    let ratio = exp(input.logRatio)
    if advantage > 0, ratio > 1 + high {
        return Surrogate(value: -(1 + high) * advantage, isClippedHigh: true)
    }
    if advantage < 0, ratio < 1 - low {
        return Surrogate(value: -(1 - low) * advantage, isClippedLow: true)
    }
    if advantage < 0, let dual, ratio > dual {
        return Surrogate(value: -dual * advantage)
    }
    return Surrogate(value: -ratio * advantage, slope: -ratio * advantage)
}

/// The unbounded surrogate `−ρA`.
func importanceSurrogate(_ input: SurrogateInput) -> Surrogate {
    guard input.advantage != 0 else { return Surrogate(value: 0) }
    let value = -exp(input.logRatio) * input.advantage
    return Surrogate(value: value, slope: value)
}
