/// What is done to a reward's value before it is gated and weighed: `clip(scale·value + offset)`.
public struct Transform: Sendable, Equatable {
    /// A factor.
    public var scale: Double
    /// Added to the scaled value.
    public var offset: Double
    /// Bounds of what comes out, or nil.
    public var clip: ClosedRange<Double>?

    /// A transform from its parts; without any the value stays as it is.
    public init(scale: Double = 1, offset: Double = 0, clip: ClosedRange<Double>? = nil) {
        self.scale = scale
        self.offset = offset
        self.clip = clip
    }

    /// Whether every value stays as it is.
    var isIdentity: Bool { scale == 1 && offset == 0 && clip == nil }

    /// The value that comes out.
    func callAsFunction(_ value: Double) -> Double {
        let moved = scale == 1 && offset == 0 ? value : scale * value + offset
        guard let clip else { return moved }
        return min(max(moved, clip.lowerBound), clip.upperBound)
    }

    /// Where values of a range come out.
    func range(of range: ClosedRange<Double>) -> ClosedRange<Double> {
        let ends = [range.lowerBound, range.upperBound].map {
            // An infinite end stays infinite under a factor of 0 as well.
            let moved = $0.isInfinite && scale == 0 ? offset : scale * $0 + offset
            guard let clip else { return moved }
            return Swift.min(Swift.max(moved, clip.lowerBound), clip.upperBound)
        }
        return Swift.min(ends[0], ends[1])...Swift.max(ends[0], ends[1])
    }
}
