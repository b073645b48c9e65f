import Foundation

/// SAPO's surrogate, `−f(ρ)A` with `f(ρ) = (4/τ)σ(τ(ρ−1))`.
///
/// The slope at ρ = 1 is that of `−ρA`; the value there is `−2A/τ`, so that loss curves of
/// different gates do not compare.
///
/// Source: SAPO, arXiv:2511.20347 (τ 1.0 for A > 0, else 1.05).
func sigmoidSurrogate(_ input: SurrogateInput, temperature: Double) -> Surrogate {
    guard input.advantage != 0 else { return Surrogate(value: 0) }
    let ratio = exp(input.logRatio)
    let open = 1 / (1 + exp(-temperature * (ratio - 1)))
    let closed = 1 / (1 + exp(temperature * (ratio - 1)))
    let damping = 4 * open * closed
    return Surrogate(
        value: -4 / temperature * open * input.advantage,
        slope: damping > 0 ? -input.advantage * ratio * damping : 0)
}
