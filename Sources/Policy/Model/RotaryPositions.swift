import Foundation

/// How positions turn queries and keys (RoPE, arXiv 2104.09864).
public struct RotaryPositions: Sendable, Equatable {
    /// Base of the angles: number i of a head turns by position / base^(2i / headWidth).
    public var base: Float
    /// What stretches the angles for long contexts; nil for none.
    public var scaling: Scaling?

    /// How the angles are stretched.
    public enum Scaling: Sendable, Equatable {
        /// All of them are divided by `factor`.
        case linear(factor: Double)
        /// Slow ones are divided by `factor`, fast ones are left, those between are mixed (Llama 3.1).
        case llama3(
            factor: Double, lowFrequency: Double, highFrequency: Double, originalLength: Double)
    }

    /// Angles of a base, unstretched unless `scaling` says so.
    public init(base: Float = 10_000, scaling: Scaling? = nil) {
        self.base = base
        self.scaling = scaling
    }

    func validate() throws(PolicyError) {
        guard base.isFinite, base > 1 else {
            throw .invalidConfiguration(field: "rope.base", reason: "is \(base), not above 1")
        }
        var numbers: [Double] = []
        switch scaling {
        case nil: break
        case .linear(let factor): numbers = [factor]
        case .llama3(let factor, let low, let high, let length):
            numbers = [factor, low, high, length]
            guard high > low else {
                throw .invalidConfiguration(
                    field: "rope.scaling", reason: "has a high frequency that is not above the low")
            }
        }
        guard numbers.allSatisfy({ 1e-9...1e12 ~= $0 }) else {
            throw .invalidConfiguration(
                field: "rope.scaling", reason: "has numbers that are not in 1e-9...1e12")
        }
    }

    /// Radians that each pair of a head of this width turns a position.
    func frequencies(headWidth: Int) -> [Double] {
        (0..<headWidth / 2).map { pair in
            let frequency = 1 / pow(Double(base), Double(2 * pair) / Double(headWidth))
            switch scaling {
            case nil: return frequency
            case .linear(let factor): return frequency / factor
            case .llama3(let factor, let low, let high, let length):
                let turns = length * frequency / (2 * Double.pi)
                if turns > high { return frequency }
                if turns < low { return frequency / factor }
                let share = (turns - low) / (high - low)
                return (1 - share) * frequency / factor + share * frequency
            }
        }
    }
}
