/// A finite union of intervals with rational or infinite ends, disjoint and in order.
struct RealSet: Equatable, Sendable {
    /// An end of an interval: a number with the side of it that is meant, or beyond all numbers.
    enum Cut: Equatable, Sendable {
        case lowest
        /// Just below the number, or just above it.
        case at(Rational, above: Bool)
        case highest
    }

    struct Interval: Equatable, Sendable {
        let low: Cut
        let high: Cut
    }

    let intervals: [Interval]

    static let all = RealSet(intervals: [Interval(low: .lowest, high: .highest)])

    static func order(_ a: Cut, _ b: Cut, _ budget: inout Budget) throws(Refusal) -> Int {
        switch (a, b) {
        case (.lowest, .lowest), (.highest, .highest): return 0
        case (.lowest, _), (_, .highest): return -1
        case (_, .lowest), (.highest, _): return 1
        case (.at(let x, let xAbove), .at(let y, let yAbove)):
            let order = try x.compared(to: y, &budget)
            if order != 0 || xAbove == yAbove { return order }
            return xAbove ? 1 : -1
        }
    }

    /// The union of intervals in any order; empty ones are dropped, touching ones merged.
    static func union(
        _ parts: [Interval], _ budget: inout Budget
    ) throws(Refusal) -> RealSet {
        var sorted: [Interval] = []
        for part in parts where try order(part.low, part.high, &budget) < 0 {
            var index = sorted.count
            while index > 0, try order(part.low, sorted[index - 1].low, &budget) < 0 { index -= 1 }
            sorted.insert(part, at: index)
        }
        var merged: [Interval] = []
        for part in sorted {
            if let last = merged.last, try order(part.low, last.high, &budget) <= 0 {
                let further = try order(part.high, last.high, &budget) > 0
                merged[merged.count - 1] = Interval(
                    low: last.low, high: further ? part.high : last.high)
            } else {
                merged.append(part)
            }
        }
        return RealSet(intervals: merged)
    }

    /// What is not in the set.
    var complement: RealSet {
        var gaps: [Interval] = []
        var low = Cut.lowest
        for interval in intervals {
            if interval.low != low { gaps.append(Interval(low: low, high: interval.low)) }
            low = interval.high
        }
        if low != .highest { gaps.append(Interval(low: low, high: .highest)) }
        return RealSet(intervals: gaps)
    }

    /// What is in both.
    func intersection(
        _ other: RealSet, _ budget: inout Budget
    ) throws(Refusal) -> RealSet {
        let outside = complement.intervals + other.complement.intervals
        return try RealSet.union(outside, &budget).complement
    }
}
