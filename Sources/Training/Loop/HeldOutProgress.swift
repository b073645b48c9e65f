/// What the evaluations on the way have shown so far.
///
/// The value is `Codable`: a resumed run ends early where the whole one would have.
struct HeldOutProgress: Codable, Equatable {
    /// An evaluation that none before it reached.
    struct Best: Codable, Equatable {
        var step: Int
        var accuracy: Double
    }

    /// The first among equals.
    private(set) var best: Best?
    /// Evaluations since then.
    private(set) var since = 0

    /// Takes an evaluation; tells whether it is the best so far.
    mutating func observe(_ accuracy: Double, step: Int) -> Bool {
        guard accuracy > best?.accuracy ?? -.infinity else {
            since += 1
            return false
        }
        best = Best(step: step, accuracy: accuracy)
        since = 0
        return true
    }
}
