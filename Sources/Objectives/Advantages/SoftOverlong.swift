/// How the linear penalty of soft overlong punishment is bounded.
public enum OverlongClamping: String, Sendable, Equatable, CaseIterable {
    /// Within −1…0: −1 beyond the maximum, as the paper writes it.
    case dapo
    /// At most 0 and unbounded below, as verl computes it; equal up to the maximum.
    case verl
}

/// Soft overlong punishment: 0 up to `maximum − cache` tokens, then linear to −1 at `maximum`.
///
/// - Parameters:
///   - length: tokens of the completion.
///   - maximum: the length at which the penalty is −1.
///   - cache: tokens before `maximum` over which it grows; 1…maximum.
/// - Throws: `invalidSetting` for a cache outside of 1…maximum, `outOfRange` for a negative length.
///
/// Source: DAPO, arXiv:2503.14476, eq. 13 (maximum 20480, cache 4096).
public func softOverlongPenalty(
    length: Int, maximum: Int, cache: Int, clamping: OverlongClamping = .dapo
) throws(ObjectiveError) -> Double {
    guard cache >= 1, cache <= maximum else {
        throw .invalidSetting(
            axis: "overlong.cache", reason: "\(cache) is not within 1…\(maximum), the maximum")
    }
    guard length >= 0 else {
        throw .outOfRange(what: "the length", rollout: 0, value: Double(length))
    }
    let excess = Double(length) - Double(maximum - cache)
    guard excess > 0 else { return 0 }
    let penalty = -excess / Double(cache)
    switch clamping {
    case .dapo: return max(penalty, -1)
    case .verl: return penalty
    }
}
