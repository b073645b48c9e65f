extension RewardFormula {
    /// An interval that holds every value that the formula takes while its operands stay in
    /// theirs; wide where the formula does not say more.
    ///
    /// - Parameter ranges: in the order of `names`.
    public func range(_ ranges: [ClosedRange<Double>]) -> ClosedRange<Double> {
        Self.range(root, ranges)
    }

    private static let everything = -Double.infinity...Double.infinity

    private static func range(_ node: Node, _ ranges: [ClosedRange<Double>]) -> ClosedRange<Double>
    {
        switch node {
        case .number(let number): return number...number
        case .name(let index): return ranges[index]
        case .negated(let inner):
            let range = range(inner, ranges)
            return -range.upperBound...(-range.lowerBound)
        case .inverted: return 0...1
        case .binary(let sign, let left, let right):
            return combined(sign, range(left, ranges), range(right, ranges))
        case .call(let function, let arguments):
            return called(function, arguments.map { range($0, ranges) })
        }
    }

    private static func combined(
        _ sign: Operator, _ a: ClosedRange<Double>, _ b: ClosedRange<Double>
    ) -> ClosedRange<Double> {
        switch sign {
        case .add: return hull([a.lowerBound + b.lowerBound, a.upperBound + b.upperBound])
        case .subtract: return hull([a.lowerBound - b.upperBound, a.upperBound - b.lowerBound])
        case .multiply:
            return hull(
                [a.lowerBound, a.upperBound].flatMap { x in
                    [b.lowerBound, b.upperBound].map { y in x == 0 || y == 0 ? 0 : x * y }
                })
        case .divide:
            guard !b.contains(0) else { return everything }
            return hull(
                [a.lowerBound, a.upperBound].flatMap { x in
                    [b.lowerBound, b.upperBound].map { x / $0 }
                })
        case .power:
            guard a.lowerBound >= 0, b.lowerBound == b.upperBound, b.lowerBound >= 0 else {
                return everything
            }
            return hull([
                Power.of(a.lowerBound, b.lowerBound), Power.of(a.upperBound, b.lowerBound),
            ])
        case .less: return truth(a.upperBound < b.lowerBound, never: a.lowerBound >= b.upperBound)
        case .lessOrEqual:
            return truth(a.upperBound <= b.lowerBound, never: a.lowerBound > b.upperBound)
        case .greater:
            return truth(a.lowerBound > b.upperBound, never: a.upperBound <= b.lowerBound)
        case .greaterOrEqual:
            return truth(a.lowerBound >= b.upperBound, never: a.upperBound < b.lowerBound)
        case .and:
            return truth(
                min(a.lowerBound, b.lowerBound) >= 0.5,
                never: min(a.upperBound, b.upperBound) < 0.5)
        case .or:
            return truth(
                max(a.lowerBound, b.lowerBound) >= 0.5,
                never: max(a.upperBound, b.upperBound) < 0.5)
        case .equal, .unequal: return 0...1
        }
    }

    private static func called(
        _ function: Function, _ x: [ClosedRange<Double>]
    ) -> ClosedRange<Double> {
        switch function {
        case .min, .max, .clip:
            return hull([
                apply(function, x.map(\.lowerBound)), apply(function, x.map(\.upperBound)),
            ])
        case .exp, .log, .sqrt:
            let low = apply(function, [x[0].lowerBound])
            return hull([low.isNaN ? -.infinity : low, apply(function, [x[0].upperBound])])
        case .abs:
            let ends = [Swift.abs(x[0].lowerBound), Swift.abs(x[0].upperBound)]
            return hull(x[0].contains(0) ? ends + [0] : ends)
        // A condition that is settled leaves one branch.
        case .if where x[0].lowerBound >= 0.5: return x[1]
        case .if where x[0].upperBound < 0.5: return x[2]
        case .if: return hull([x[1], x[2]].flatMap { [$0.lowerBound, $0.upperBound] })
        case .known: return hull(x.flatMap { [$0.lowerBound, $0.upperBound] })
        }
    }

    private static func truth(_ always: Bool, never: Bool) -> ClosedRange<Double> {
        always ? 1...1 : never ? 0...0 : 0...1
    }

    private static func hull(_ numbers: [Double]) -> ClosedRange<Double> {
        guard !numbers.contains(where: \.isNaN), let low = numbers.min(), let high = numbers.max()
        else { return everything }
        return low...high
    }
}
