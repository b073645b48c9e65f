import Rollouts

/// Chains of operations modulo m, powers, and inverses.
///
/// A problem reads `7,+5,*3%9:` (from left to right), `7^5%9:` or `7^-1%11:`, and is answered by the
/// residue from 0 up to m−1. The demonstration reduces after every operation, `7+5=12%9=3;3*3=9%9=0`,
/// multiplies a power up factor by factor, and finds an inverse among the multiples,
/// `1:7;2:3;3:10;…;8:1`. Who forgets leaves an operation out.
struct ModularTask: QuestionTask {
    static let name = "modular"
    static let summary = "A chain, a power or an inverse modulo m, such as 7,+5,*3%9:"
    static let levels = [
        "one operation, m to 9", "two or three operations, m to 9",
        "four or five operations, m to 19", "powers to the fifth, m to 19", "inverses, m to 23",
        "powers to the twelfth, m to 31",
    ]
    static let alphabet = "0123456789,+-*^%:;="

    static func drawn(level: Int, using rng: inout SplitMix64) -> ModularQuestion? {
        let modulus = rng.pick(level < 2 ? 3...9 : [5...19, 5...19, 5...23, 5...31][level - 2])
        switch level {
        case 3, 5:
            return ModularQuestion(
                .power(rng.pick(2...modulus - 1), rng.pick(2...(level == 3 ? 5 : 12))), modulus)
        case 4: return ModularQuestion(.inverse(rng.pick(2...modulus - 1)), modulus)
        default:
            let largest: Int64 = level == 2 ? 19 : 9
            let count = [1, 2, 4][level] + (level == 0 ? 0 : rng.below(2))
            let steps = (0..<count).map { _ in
                ModularQuestion.Step(
                    operation: rng.pick([.plus, .minus, .times]), number: rng.pick(1...largest))
            }
            return ModularQuestion(.chain(rng.pick(1...largest), steps), modulus)
        }
    }

    static func worked(_ question: ModularQuestion, by pupil: inout Pupil) -> (
        working: String, answer: String
    ) {
        let modulus = question.modulus
        var lines: [String] = []
        var value: Int64
        func apply(_ step: ModularQuestion.Step) {
            let raw = pupil.written(step.operation.applied(value, step.number) ?? value)
            let residue = slipped(raw.residue(modulus), modulus, by: &pupil)
            lines.append(
                "\(value)\(step.operation.rawValue)\(step.number)=\(raw)%\(modulus)=\(residue)")
            value = residue
        }
        switch question.kind {
        case .chain(let start, let steps):
            value = start
            for step in steps where !pupil.forgets() { apply(step) }
            if lines.isEmpty { value = value.residue(modulus) }
        case .power(let base, let exponent):
            value = base
            for _ in 1..<exponent where !pupil.forgets() {
                apply(ModularQuestion.Step(operation: .times, number: base))
            }
        case .inverse(let base):
            value = base
            var count: Int64 = 1
            lines.append("1:\(base)")
            while value != 1, count < modulus {
                count += 1
                let added = pupil.forgets() ? 0 : base
                value = slipped((value + added).residue(modulus), modulus, by: &pupil)
                lines.append("\(count):\(value)")
            }
            value = count
        }
        return (lines.joined(separator: ";"), "\(value)")
    }

    private static func slipped(
        _ residue: Int64, _ modulus: Int64, by pupil: inout Pupil
    ) -> Int64 {
        guard pupil.slips() else { return residue }
        return (residue + 1 + pupil.random.pick(0...modulus - 2)).residue(modulus)
    }

    static func grade(_ answer: String, gold: String) -> TaskGrade? {
        .ofWhole(answer, gold: gold)
    }
}

/// One question modulo m.
struct ModularQuestion: TaskQuestion {
    struct Step: Sendable, Equatable {
        var operation: ArithmeticTree.Operation
        var number: Int64
    }

    enum Kind: Sendable, Equatable {
        case chain(Int64, [Step])
        case power(Int64, Int64)
        case inverse(Int64)
    }

    let kind: Kind
    let modulus: Int64
    private let residue: Int64

    init?(_ kind: Kind, _ modulus: Int64) {
        guard (2...999).contains(modulus), let value = Self.value(kind, modulus) else { return nil }
        (self.kind, self.modulus, residue) = (kind, modulus, value)
    }

    init?(prompt: String) {
        var scanner = PromptScanner(prompt)
        guard let start = scanner.number() else { return nil }
        let kind: Kind
        if scanner.accept("^-1") {
            kind = .inverse(start)
        } else if scanner.accept("^") {
            guard let exponent = scanner.number() else { return nil }
            kind = .power(start, exponent)
        } else {
            var steps: [Step] = []
            while scanner.accept(",") {
                guard steps.count < 16,
                    let sign = scanner.accept(anyOf: "+-*").flatMap(ArithmeticTree.Operation.init),
                    let number = scanner.number()
                else { return nil }
                steps.append(Step(operation: sign, number: number))
            }
            kind = .chain(start, steps)
        }
        guard scanner.accept("%"), let modulus = scanner.number(), scanner.accept(":"),
            scanner.isAtEnd
        else { return nil }
        self.init(kind, modulus)
        if self.prompt != prompt { return nil }
    }

    var prompt: String {
        let text =
            switch kind {
            case .chain(let start, let steps):
                "\(start)" + steps.map { ",\($0.operation.rawValue)\($0.number)" }.joined()
            case .power(let base, let exponent): "\(base)^\(exponent)"
            case .inverse(let base): "\(base)^-1"
            }
        return "\(text)%\(modulus):"
    }
    var answer: String { "\(residue)" }

    private static func value(_ kind: Kind, _ modulus: Int64) -> Int64? {
        switch kind {
        case .chain(let start, let steps):
            guard start <= 999, steps.allSatisfy({ $0.number <= 999 }), !steps.isEmpty else {
                return nil
            }
            return steps.reduce(start) { value, step in
                (step.operation.applied(value, step.number) ?? 0).residue(modulus)
            }
        case .power(let base, let exponent):
            guard base < modulus, (1...64).contains(exponent) else { return nil }
            return (1..<exponent).reduce(base) { value, _ in (value * base).residue(modulus) }
        case .inverse(let base):
            guard base < modulus, greatestCommonDivisor(base, modulus) == 1 else { return nil }
            return (1...modulus).first { ($0 * base).residue(modulus) == 1 }
        }
    }
}

extension Int64 {
    /// From 0 up to the modulus.
    fileprivate func residue(_ modulus: Int64) -> Int64 {
        let rest = self % modulus
        return rest < 0 ? rest + modulus : rest
    }
}
