import CFlint

/// Points at which two formulas are compared: deterministic, and different for different answers,
/// so that no answer can be built for them.
struct PointSampler {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// FNV-1a over the bytes of a text.
    static func seed(_ text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    /// SplitMix64 (Steele, Lea and Flood, 2014).
    private mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    private mutating func integer(_ range: ClosedRange<Int64>) -> Int64 {
        range.lowerBound + Int64(next() % UInt64(range.upperBound - range.lowerBound + 1))
    }

    /// A value for every variable.
    ///
    /// Real domains and signs matter, so attempts go through positive numbers, negative ones,
    /// all small ones, numbers above 1, numbers between 0 and 1, and numbers up to `reach`,
    /// beyond every constant in the formulas.
    mutating func rationals(
        _ count: Int, attempt: Int, reach: Int64, complex: [Bool]
    ) -> [assay_ball_point] {
        let denominator: Int64 = 100_003
        let range: ClosedRange<Int64> =
            switch attempt % 6 {
            case 0: 10_000...250_000
            case 1: -400_000 ... -10_000
            case 2: -300_000...300_000
            case 3: 3_000...97_000
            case 4: -reach * denominator...reach * denominator
            default: 110_000...900_000
            }
        return (0..<count).map { index in
            assay_ball_point(
                real: integer(range),
                imaginary: complex[index] ? integer(-200_000...200_000) : 0,
                denominator: denominator)
        }
    }

    /// A number of either sign for every variable, as likely of one size as of any other up to a
    /// hundred times `reach`.
    mutating func farRationals(_ count: Int, reach: Int64) -> [assay_ball_point] {
        let sizes = Int64(64 - (100 * reach).leadingZeroBitCount)
        return (0..<count).map { _ in
            let size = integer(0...sizes)
            let real = integer(50_000...100_000) << size
            return assay_ball_point(
                real: integer(0...1) == 0 ? real : -real, imaginary: 0, denominator: 100_003)
        }
    }

    /// A small natural number for every variable; each is likely to be larger than the next.
    mutating func integers(_ count: Int, attempt: Int) -> [assay_ball_point] {
        (0..<count).map { _ in
            assay_ball_point(
                real: integer(1...Int64(6 + 3 * attempt)), imaginary: 0, denominator: 1)
        }
    }
}

/// Two formulas as programs over the same variables.
private struct ProgramPair {
    let left: BallProgram
    let right: BallProgram
    let slots: [String]
    let sawImaginary: Bool
    let sawComplexPart: Bool
    let needsIntegers: Bool
    let sawPlainLogarithm: Bool

    init(
        _ left: Formula, _ right: Formula, _ base: LogarithmBase, _ budget: Budget
    ) throws(Refusal) {
        var compiler = BallCompiler(base: base, budget: budget)
        self.left = try compiler.compile(left)
        self.right = try compiler.compile(right)
        slots = compiler.slots
        sawComplexPart = compiler.sawComplexPart
        sawImaginary =
            compiler.sawImaginary
            || slots.contains { Self.isComplexLetter($0) }
                && (sawComplexPart
                    || (self.left.code + self.right.code).contains {
                        $0.op == Int32(ASSAY_BALL_ABS.rawValue)
                    })
            || sawComplexPart
        // Letters for whole numbers, between the brackets of a floor.
        let whole: Set<String> = ["n", "k", "m", "N", "j"]
        needsIntegers =
            compiler.needsIntegers
            || compiler.sawFloor
                && compiler.slots.allSatisfy { whole.contains($0) || $0.hasPrefix("\u{1}") }
        sawPlainLogarithm = compiler.sawPlainLogarithm
    }

    /// Ten times the largest integer in the formulas, within bounds.
    var reach: Int64 {
        10 * (literals.max() ?? 1)
    }

    /// The magnitudes of the integers up to 10⁶ in the formulas, those of `10^5` too, and 1.
    private var literals: [Int64] {
        var found: [Int64] = [1]
        for code in [left.code, right.code] {
            for instruction in code {
                var value = instruction.value
                switch instruction.op {
                case Int32(ASSAY_BALL_INTEGER.rawValue): break
                case Int32(ASSAY_BALL_POWER_INTEGER.rawValue):
                    let base = code[Int(instruction.a)]
                    guard base.op == Int32(ASSAY_BALL_INTEGER.rawValue), value > 0,
                        abs(base.value) <= 1000
                    else { continue }
                    value = (0..<min(value, 20)).reduce(1) { power, _ in
                        min(power * abs(base.value), 1_000_001)
                    }
                default: continue
                }
                guard value != 0, value.magnitude <= 1_000_000, !found.contains(abs(value)) else {
                    continue
                }
                found.append(abs(value))
            }
        }
        return found
    }

    /// `z` and `w`, with or without a number.
    private static func isComplexLetter(_ slot: String) -> Bool {
        let base = slot.prefix { $0 != "_" }
        return base == "z" || base == "w"
    }

    /// Whether a variable takes values off the real line: z and w beside complex numbers or bars,
    /// every letter beside conjugates and real parts.
    func isComplex(_ slot: String) -> Bool {
        if slot.hasPrefix("\u{1}") { return false }
        return sawImaginary && (sawComplexPart || Self.isComplexLetter(slot))
    }

    /// Operations that are one function here and another there.
    private static let branching = Set(
        [
            ASSAY_BALL_ABS, ASSAY_BALL_SIGN, ASSAY_BALL_FLOOR, ASSAY_BALL_CEIL, ASSAY_BALL_MIN,
            ASSAY_BALL_MAX, ASSAY_BALL_ASIN, ASSAY_BALL_ACOS, ASSAY_BALL_ATAN, ASSAY_BALL_ACOT,
            ASSAY_BALL_ASEC, ASSAY_BALL_ACSC, ASSAY_BALL_ARGUMENT,
        ].map { Int32($0.rawValue) })
    private static let stepping = Set(
        [ASSAY_BALL_SIGN, ASSAY_BALL_FLOOR, ASSAY_BALL_CEIL].map { Int32($0.rawValue) })

    /// Whether either formula has several branches, between which it may agree with the other one
    /// in some places only.
    var branches: Bool {
        (left.code + right.code).contains {
            Self.branching.contains($0.op)
                || $0.op == Int32(ASSAY_BALL_ROOT.rawValue) && $0.value % 2 == 0
        }
    }

    /// Whether either formula steps at single points.
    var steps: Bool { (left.code + right.code).contains { Self.stepping.contains($0.op) } }

    /// Numbers at which formulas with these literals are likely to change their branch: 0 and the
    /// quotients of two literals, whole and halved, of either sign.
    var turningPoints: [(top: Int64, bottom: Int64)] {
        let literals = literals.prefix(6)
        var points: [(top: Int64, bottom: Int64)] = [(0, 1)]
        for a in literals {
            for b in literals where a != b || a == 1 {
                for bottom in [b, 2 * b] { points += [(a, bottom), (-a, bottom)] }
            }
        }
        return points
    }

    /// Whether there is anything to choose points for.
    var isConstant: Bool { slots.allSatisfy { $0.hasPrefix("\u{1}") } }
}

/// What a comparison at one point gave.
private enum PointOutcome {
    case separated
    case agree
    /// One side has no value there.
    case undefined
    /// Not decided at the highest precision.
    case unknown
}

extension Comparison {
    /// Precisions in bits, rising until a point is decided.
    ///
    /// The first one refutes; equality needs agreement to 102 digits.
    private static let precisions: [Int64] = [96, 448, 1100, 3000]
    /// Points at which two functions must agree.
    private static let pointsNeeded = 4
    private static let attempts = 24
    /// Points that are tried at low precision before any agreement counts.
    private static let refutations = 8

    /// Compares two formulas by rigorous evaluation: disjoint balls prove that they differ;
    /// agreement to 102 digits below the smallest number in them, at 4 random points of the common
    /// domain, counts as equality.
    mutating func balls(_ gold: Formula, _ answer: Formula) throws(Refusal) -> Outcome {
        let outcome = try balls(gold, answer, .natural)
        if outcome.0.isEqual || !outcome.sawPlainLogarithm { return outcome.0 }
        return try balls(gold, answer, .ten).0
    }

    /// Compares two rational functions that are too large for the normal form, over FLINT's
    /// multivariate polynomials; nil where something else than arithmetic stands in them or they
    /// are too large for that too.
    mutating func polynomials(_ gold: Formula, _ answer: Formula) throws(Refusal) -> Outcome? {
        guard let pair = try? ProgramPair(gold, answer, .natural, budget), !pair.isConstant else {
            return nil
        }
        var steps = ballSteps
        let result = pair.left.withC { left in
            pair.right.withC { right in
                assay_polynomials_compare(left, right, pair.slots.count, &steps)
            }
        }
        ballSteps = max(0, steps)
        switch UInt32(result) {
        case ASSAY_POLYNOMIALS_EQUAL.rawValue: return .equal("exact_polynomials")
        case ASSAY_POLYNOMIALS_DIFFERENT.rawValue: return .different("exact_polynomials")
        default: return nil
        }
    }

    private mutating func balls(
        _ gold: Formula, _ answer: Formula, _ base: LogarithmBase
    ) throws(Refusal) -> (Outcome, sawPlainLogarithm: Bool) {
        let pair: ProgramPair
        do throws(Refusal) {
            pair = try ProgramPair(gold, answer, base, budget)
        } catch {
            if case .limit = error { throw error }
            return (.undecided, false)
        }
        let outcome =
            pair.isConstant ? try constants(pair) : try functions(pair)
        return (outcome, pair.sawPlainLogarithm)
    }

    private mutating func constants(_ pair: ProgramPair) throws(Refusal) -> Outcome {
        let points = pair.slots.map { _ in Self.zeroPoint }
        for complex in pair.sawImaginary ? [true] : [false, true] {
            switch try compare(pair, at: points, complex: complex, Self.precisions[...]) {
            case .separated: return .different("numeric_value")
            case .agree: return .equal("numeric_value")
            case .undefined: continue
            case .unknown: return .undecided
            }
        }
        return .undecided
    }

    private mutating func functions(_ pair: ProgramPair) throws(Refusal) -> Outcome {
        for integers in pair.needsIntegers ? [true] : [false, true] {
            if let outcome = try functions(pair, integers: integers) { return outcome }
        }
        return .undecided
    }

    /// Nil where no point of this kind lies in the common domain.
    private mutating func functions(
        _ pair: ProgramPair, integers: Bool
    ) throws(Refusal) -> Outcome? {
        var sampler = PointSampler(
            seed: PointSampler.seed(texts.gold) ^ PointSampler.seed(texts.answer))
        let complex = pair.slots.map { pair.isComplex($0) }
        var waiting: [[assay_ball_point]] = []
        // Integers are few: agreement there is worth less.
        let needed = integers ? 2 * Self.pointsNeeded : Self.pointsNeeded
        for attempt in 0..<Self.attempts {
            let points =
                integers
                ? sampler.integers(pair.slots.count, attempt: attempt)
                : sampler.rationals(
                    pair.slots.count, attempt: attempt, reach: pair.reach, complex: complex)
            switch try compare(
                pair, at: points, complex: pair.sawImaginary, Self.precisions.prefix(1))
            {
            case .separated: return .different("numeric_points")
            case .agree, .unknown: waiting.append(points)
            case .undefined: continue
            }
            if attempt + 1 >= Self.refutations, waiting.count >= needed { break }
        }
        if !integers, pair.branches, !waiting.isEmpty, try branchesPart(pair, &sampler) {
            return .different("numeric_points")
        }
        var agreements = 0
        for points in waiting {
            switch try compare(
                pair, at: points, complex: pair.sawImaginary, Self.precisions.dropFirst())
            {
            case .separated: return .different("numeric_points")
            case .agree: agreements += 1
            case .undefined, .unknown: continue
            }
            if agreements == needed { return .equal("numeric_points") }
        }
        return waiting.isEmpty ? nil : .undecided
    }

    /// Whether two formulas that agree so far differ on another branch of one of them: far away,
    /// or on either side of a number that their literals suggest.
    private mutating func branchesPart(
        _ pair: ProgramPair, _ sampler: inout PointSampler
    ) throws(Refusal) -> Bool {
        let count = pair.slots.count
        var candidates = (0..<12).map { _ in sampler.farRationals(count, reach: pair.reach) }
        let isFunctionOfOne = pair.slots.filter { !$0.hasPrefix("\u{1}") }.count == 1
        let fine: Int64 = 1_000_003
        for (index, turn) in pair.turningPoints.enumerated() {
            var places = [(fine * turn.top + 1, fine * turn.bottom)]
            places.append((fine * turn.top - 1, fine * turn.bottom))
            if pair.steps { places.append((turn.top, turn.bottom)) }
            for (top, bottom) in places {
                var points = sampler.rationals(
                    count, attempt: index, reach: pair.reach,
                    complex: [Bool](repeating: false, count: count))
                let moved = isFunctionOfOne ? Array(0..<count) : [index % count]
                for slot in moved {
                    points[slot] = assay_ball_point(real: top, imaginary: 0, denominator: bottom)
                }
                candidates.append(points)
            }
        }
        for points in candidates {
            let outcome = try compare(
                pair, at: points, complex: pair.sawImaginary, Self.precisions.prefix(1))
            if case .separated = outcome { return true }
        }
        return false
    }

    private static let zeroPoint = assay_ball_point(real: 0, imaginary: 0, denominator: 1)

    private mutating func compare(
        _ pair: ProgramPair, at points: [assay_ball_point], complex: Bool,
        _ precisions: ArraySlice<Int64>
    ) throws(Refusal) -> PointOutcome {
        for precision in precisions {
            var result = assay_ball_comparison()
            pair.left.withC { left in
                pair.right.withC { right in
                    points.withUnsafeBufferPointer { points in
                        assay_ball_compare(
                            left, right, points.baseAddress, points.count, complex ? 1 : 0,
                            precision, &ballSteps, &result)
                    }
                }
            }
            let statuses = [result.left, result.right].map { UInt32($0) }
            if statuses.contains(ASSAY_BALL_LIMITED.rawValue) { throw .limit("evaluation") }
            if statuses.contains(ASSAY_BALL_UNDEFINED.rawValue) { return .undefined }
            if result.separated != 0 {
                if explains { difference = Self.witness(pair.slots, points, result) }
                return .separated
            }
            if result.agree != 0 { return .agree }
        }
        return .unknown
    }

    /// The point at which two formulas differ, and their values there.
    private static func witness(
        _ slots: [String], _ points: [assay_ball_point], _ result: assay_ball_comparison
    ) -> String {
        func number(_ real: Double, _ imaginary: Double) -> String {
            imaginary == 0 ? "\(real)" : "\(real) + \(imaginary)i"
        }
        let place = zip(slots, points).filter { !$0.0.hasPrefix("\u{1}") }.map { name, point in
            let scale = Double(point.denominator)
            return "\(name) = "
                + number(Double(point.real) / scale, Double(point.imaginary) / scale)
        }
        let values =
            number(result.shown.0, result.shown.1) + " against "
            + number(result.shown.2, result.shown.3)
        return place.isEmpty ? values : "at " + place.joined(separator: ", ") + ": " + values
    }

    /// The sign of a real constant; nil where the budget does not tell it from zero.
    mutating func sign(of formula: Formula) throws(Refusal) -> Int? {
        var compiler = BallCompiler(base: .natural, budget: budget)
        let program: BallProgram
        do throws(Refusal) {
            program = try compiler.compile(formula)
        } catch {
            if case .limit = error { throw error }
            return nil
        }
        guard compiler.slots.allSatisfy({ $0.hasPrefix("\u{1}") }), !compiler.sawImaginary else {
            return nil
        }
        let points = compiler.slots.map { _ in Self.zeroPoint }
        for precision in Self.precisions {
            var sign: Int32 = 0
            let status = program.withC { program in
                points.withUnsafeBufferPointer { points in
                    assay_ball_sign(
                        program, points.baseAddress, points.count, precision, &ballSteps, &sign)
                }
            }
            switch UInt32(status) {
            case ASSAY_BALL_OK.rawValue: return Int(sign)
            case ASSAY_BALL_LIMITED.rawValue: throw .limit("evaluation")
            case ASSAY_BALL_UNDEFINED.rawValue: return nil
            default: continue
            }
        }
        return nil
    }
}
