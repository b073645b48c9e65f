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
    let meanAdvantage = average(advantages)
    let meanLog = average(logProbabilities)
    let covariances = zip(advantages, logProbabilities).map {
        ($0 - meanAdvantage) * ($1 - meanLog)
    }
    let count = max(1, Int(fraction * Double(advantages.count)))
    let order = covariances.indices.sorted {
        (-covariances[$0], $0) < (-covariances[$1], $1)
    }
    for index in order.prefix(count) { selected[index] = true }
    return selected
}
