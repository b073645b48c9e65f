import Rollouts

/// KL-Cov's surrogate: `−ρA`, plus `coefficient·|log ρ|` on the selected tokens.
///
/// Source: arXiv:2505.22617.
func covarianceSurrogate(_ input: SurrogateInput, coefficient: Double) -> Surrogate {
    var surrogate = importanceSurrogate(input)
    if input.isSelected {
        surrogate.value += coefficient * abs(input.logRatio)
        surrogate.slope +=
            input.logRatio > 0 ? coefficient : input.logRatio < 0 ? -coefficient : 0
    }
    return surrogate
}

/// Clip-Cov's choice: `fraction` of all tokens, at least one, drawn among those whose covariance lies
/// between the bounds.
///
/// - Parameter seed: of the draw.
/// - Returns: shape of `advantages`.
///
/// Source: arXiv:2505.22617 (fraction 2·10⁻⁴, bounds 1 and 5).
func drawByCovariance(
    advantages: [Double], logProbabilities: [Double], fraction: Double, from low: Double,
    to high: Double, seed: UInt64
) -> [Bool] {
    var selected = Array(repeating: false, count: advantages.count)
    let all = covariances(advantages, logProbabilities)
    var candidates = all.indices.filter { all[$0] > low && all[$0] < high }
    let wanted = min(max(1, Int(fraction * Double(advantages.count))), candidates.count)
    var random = SplitMix64(seed: seed, UInt64(advantages.count))
    for place in 0..<wanted {
        candidates.swapAt(place, place + random.below(candidates.count - place))
        selected[candidates[place]] = true
    }
    return selected
}

/// The `fraction` of tokens, at least one, of largest `(A − mean A)(lp − mean lp)`; ties go to the
/// lower index.
///
/// Means and rank are those of the given tokens: with micro-batches, those of a micro-batch.
///
/// - Returns: shape of `advantages`.
func selectByCovariance(
    advantages: [Double], logProbabilities: [Double], fraction: Double
) -> [Bool] {
    var selected = Array(repeating: false, count: advantages.count)
    guard !advantages.isEmpty else { return selected }
    let covariances = covariances(advantages, logProbabilities)
    let count = max(1, Int(fraction * Double(advantages.count)))
    let order = covariances.indices.sorted {
        (-covariances[$0], $0) < (-covariances[$1], $1)
    }
    for index in order.prefix(count) { selected[index] = true }
    return selected
}

/// Shape `[N]`: `(A − mean A)(lp − mean lp)`.
private func covariances(_ advantages: [Double], _ logProbabilities: [Double]) -> [Double] {
    let meanAdvantage = average(advantages)
    let meanLog = average(logProbabilities)
    return zip(advantages, logProbabilities).map { ($0 - meanAdvantage) * ($1 - meanLog) }
}
