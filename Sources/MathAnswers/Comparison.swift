/// Whether two normal forms are the same answer, and the rule that says so.
enum Outcome: Equatable, Sendable {
    case equal(String)
    /// Shown to differ.
    case different(String)
    /// Neither shown nor refuted.
    case undecided

    var isEqual: Bool {
        if case .equal = self { return true }
        return false
    }
}

/// Compares a gold answer's normal form with an answer's.
struct Comparison {
    let options: MathOptions
    var budget: Budget
    /// Steps of rigorous evaluation that are left.
    var ballSteps: Int64
    /// Chooses the points at which functions are compared.
    let texts: (gold: String, answer: String)
    /// Whether the first difference is to be told; that costs time.
    var explains = false
    /// Where the two part, in words, once something differed.
    var difference: String?
    /// Ends of the intervals that are being compared, ascending, where some are irrational.
    var ends: [Value.Scalar] = []
    /// Lists longer than this are compared in order only.
    static let longestList = 64

    mutating func compare(_ gold: Value, _ answer: Value) throws(Refusal) -> Outcome {
        try budget.spend()
        switch (gold, answer) {
        case (.scalar(let a), .scalar(let b)): return try scalars(a, b)
        case (.infinity(let a), .infinity(let b)): return same(a == b, "infinity")
        case (.word(let a), .word(let b)): return same(a == b, "words")
        case (.word(let word), .scalar), (.scalar, .word(let word)):
            // `\text{e}` is the letter e.
            let letter = gold.variable ?? answer.variable
            if word.utf8.count == 1, let letter { return same(letter == word, "words") }
        case (.ratio(let a), .ratio(let b)): return try ratios(a, b)
        case (.tuple(let parts), .scalar(let vector)), (.scalar(let vector), .tuple(let parts)):
            if let components = vector.quotient.vectorComponents(parts.count) {
                let values = components.map { component in
                    Value.scalar(.init(quotient: component, formula: vector.formula))
                }
                return try inOrder(parts, values, "vector_components")
            }
        case (.matrix(let a), .matrix(let b)):
            guard a.count == b.count, a.first?.count == b.first?.count else {
                return .different("matrix_size")
            }
            return try inOrder(Array(a.joined()), Array(b.joined()), "matrix_entries")
        case (.tuple(let a), .tuple(let b)): return try inOrder(a, b, "tuple_entries")
        case (.relation(let a, let rest), .relation(let b, let others)):
            return try relations((a, rest), (b, others))
        case (.relation, _), (_, .relation):
            if let outcome = try namedValue(gold, answer) { return outcome }
        default: break
        }
        if let outcome = try namedValues(gold, answer) { return outcome }
        if let outcome = try realSets(gold, answer) { return outcome }
        if let outcome = try members(gold, answer) { return outcome }
        if let outcome = try structures(gold, answer) { return outcome }
        return gold.isStructureComparable && answer.isStructureComparable
            ? .different("kind") : .undecided
    }

    /// Intervals with ends that are no numbers, pieces of a function, residue classes: by parts.
    mutating func structures(
        _ gold: Value, _ answer: Value
    ) throws(Refusal) -> Outcome? {
        switch (gold, answer) {
        case (
            .interval(let low, let high, let left, let right),
            .interval(let otherLow, let otherHigh, let otherLeft, let otherRight)
        ):
            guard left == otherLeft, right == otherRight else { return .different("interval") }
            return try inOrder([low, high], [otherLow, otherHigh], "interval")
        case (.opaque(let name, let parts), .opaque(let otherName, let others)):
            guard name == otherName else { return nil }
            if name == "cases" { return try compare(.set(parts), .set(others)) }
            let outcome = try inOrder(parts, others, name)
            // Conditions may be written in many ways.
            if case .different = outcome, name != "residue" { return .undecided }
            return outcome
        default: return nil
        }
    }

    func same(_ isEqual: Bool, _ rule: String) -> Outcome {
        isEqual ? .equal(rule) : .different(rule)
    }

    // MARK: Structures

    /// Pairs in order: equal where all are, different where one is.
    mutating func inOrder(
        _ gold: [Value], _ answer: [Value], _ rule: String
    ) throws(Refusal) -> Outcome {
        guard gold.count == answer.count else { return .different(rule) }
        var undecided = false
        for (index, (a, b)) in zip(gold, answer).enumerated() {
            switch try compare(a, b) {
            case .equal: continue
            case .different:
                if explains {
                    let deeper = difference.map { ", \($0)" } ?? ""
                    difference =
                        "part \(index + 1): \(a.description) against \(b.description)" + deeper
                }
                return .different(rule)
            case .undecided: undecided = true
            }
        }
        return undecided ? .undecided : .equal(rule)
    }

    /// Sets, lists of roots and single values: equal where each has its partner.
    mutating func members(
        _ gold: Value, _ answer: Value
    ) throws(Refusal) -> Outcome? {
        guard let a = gold.members, let b = answer.members, gold.isPlural || answer.isPlural else {
            return nil
        }
        guard a.count <= Self.longestList, b.count <= Self.longestList else {
            return try inOrder(a, b, "set_members")
        }
        var undecided = false
        for (one, other, swapped) in [(a, b, false), (b, a, true)] {
            for member in one {
                var found = false
                var maybe = false
                for candidate in other {
                    // A set is no member of its own: {{1}} is not {1}.
                    if member.isSet != candidate.isSet { continue }
                    switch try swapped ? compare(candidate, member) : compare(member, candidate) {
                    case .equal: found = true
                    case .undecided: maybe = true
                    case .different: continue
                    }
                    if found { break }
                }
                if found { continue }
                if !maybe {
                    if explains {
                        let side = swapped ? "gold" : "answer"
                        difference = "\(member.description) has no partner in the \(side)"
                    }
                    return .different("set_members")
                }
                undecided = true
            }
        }
        return undecided ? .undecided : .equal("set_members")
    }

    mutating func ratios(_ a: [Value], _ b: [Value]) throws(Refusal) -> Outcome {
        // "3:45 pm" is a time, and so is "3:45", which no one would leave as a ratio.
        if (a + b).contains(where: { $0.scalar?.unit != nil }) || Self.isTime(a) {
            return try inOrder(a, b, "time")
        }
        let left = a.compactMap { $0.scalar?.quotient }
        let right = b.compactMap { $0.scalar?.quotient }
        guard left.count == a.count, right.count == b.count else { return .undecided }
        guard a.count == b.count, let first = left.first, let second = right.first else {
            return .different("ratio")
        }
        guard !(left + right).contains(where: \.isZero) else {
            return try inOrder(a, b, "ratio")
        }
        for (x, y) in zip(left, right) {
            let over = try x.multiplied(by: second, &budget)
            let under = try y.multiplied(by: first, &budget)
            guard try over.equals(under, &budget) else { return .different("ratio") }
        }
        return .equal("ratio")
    }

    static func isTime(_ parts: [Value]) -> Bool {
        guard parts.count == 2, let hour = parts[0].rational?.int64,
            let minute = parts[1].rational?.int64, (0...24).contains(hour),
            (10...59).contains(minute)
        else { return false }
        return (2...24).contains { hour % $0 == 0 && minute % $0 == 0 }
    }
}
