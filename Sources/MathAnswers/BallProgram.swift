import CFlint

/// An expression as a flat program for rigorous evaluation in balls.
struct BallProgram {
    var code: [assay_ball_instruction] = []
    /// Integers that do not fit a machine word.
    var pool: [ExactInteger] = []

    /// Calls `body` with the program in C's form, which is valid only inside.
    func withC<R>(_ body: (assay_ball_program) -> R) -> R {
        let limbs = pool.flatMap(\.limbs)
        return limbs.withUnsafeBufferPointer { limbs in
            var start = 0
            let integers = pool.map { integer in
                let count = integer.limbs.count
                defer { start += count }
                return assay_int(
                    limbs: limbs.baseAddress.map { $0 + start }, count: count,
                    negative: integer.sign < 0 ? 1 : 0)
            }
            return integers.withUnsafeBufferPointer { integers in
                code.withUnsafeBufferPointer { code in
                    body(
                        assay_ball_program(
                            code: code.baseAddress, count: code.count, pool: integers.baseAddress))
                }
            }
        }
    }
}

/// What `\log` without a base means.
enum LogarithmBase {
    case natural
    case ten
}

/// Turns trees into ball programs that share their variables.
struct BallCompiler {
    /// Variables and unknown functions by name, in the order of their slots.
    private(set) var slots: [String] = []
    /// Whether an imaginary unit was seen.
    private(set) var sawImaginary = false
    /// Whether a `\log` without a base was seen.
    private(set) var sawPlainLogarithm = false
    /// Whether a variable only makes sense at integers.
    private(set) var needsIntegers = false
    /// Whether a conjugate, a real or an imaginary part or an argument was seen.
    private(set) var sawComplexPart = false
    /// Whether a floor or a ceiling was seen.
    private(set) var sawFloor = false
    let base: LogarithmBase
    private var budget: Budget
    private var program = BallProgram()
    private var branch = 1
    /// Slots of bound variables, innermost last.
    private var bound: [(name: String, slot: Int)] = []
    /// Programs longer than this are refused.
    private static let longest = 4000

    init(base: LogarithmBase, budget: Budget) {
        self.base = base
        self.budget = budget
    }

    /// The program of a formula; refused where something in it has no numeric meaning.
    mutating func compile(_ formula: Formula) throws(Refusal) -> BallProgram {
        program = BallProgram()
        branch = formula.branch
        bound = []
        _ = try emit(formula.expression)
        return program
    }

    // MARK: Instructions

    private mutating func push(
        _ op: assay_ball_op, _ a: Int32 = 0, _ b: Int32 = 0, value: Int64 = 0
    ) throws(Refusal) -> Int32 {
        guard program.code.count < Self.longest else { throw .limit("nodes") }
        program.code.append(
            assay_ball_instruction(
                op: Int32(op.rawValue), a: a, b: b, length: 0, flags: 0, value: value))
        return Int32(program.code.count - 1)
    }

    private mutating func integer(_ value: ExactInteger) throws(Refusal) -> Int32 {
        if let small = value.int64 { return try push(ASSAY_BALL_INTEGER, value: small) }
        program.pool.append(value)
        return try push(ASSAY_BALL_LARGE, value: Int64(program.pool.count - 1))
    }

    private mutating func rational(_ value: Rational) throws(Refusal) -> Int32 {
        let top = try integer(value.numerator)
        if value.isInteger { return top }
        return try push(ASSAY_BALL_DIVIDE, top, try integer(value.denominator))
    }

    private mutating func slot(_ name: String) throws(Refusal) -> Int32 {
        if let local = bound.last(where: { $0.name == name }) {
            return try push(ASSAY_BALL_SLOT, value: Int64(local.slot))
        }
        let index = slots.firstIndex(of: name) ?? slots.count
        if index == slots.count { slots.append(name) }
        return try push(ASSAY_BALL_SLOT, value: Int64(index))
    }

    // MARK: Trees

    private mutating func emit(_ expression: Expression) throws(Refusal) -> Int32 {
        try budget.spend()
        switch expression.kind {
        case .number(let numeral): return try rational(numeral.value)
        case .letter(let name): return try letter(name)
        case .negated(let inner): return try push(ASSAY_BALL_NEGATE, try emit(inner))
        case .sum(let terms): return try fold(terms, ASSAY_BALL_ADD)
        case .product(let factors): return try fold(factors, ASSAY_BALL_MULTIPLY)
        case .quotient(let top, let bottom):
            let a = try emit(top)
            return try push(ASSAY_BALL_DIVIDE, a, try emit(bottom))
        case .power(let base, let exponent): return try power(base, exponent)
        case .plusMinus(let first, let second, let flipped):
            let added = (branch > 0) != flipped
            guard let first else {
                let value = try emit(second)
                return added ? value : try push(ASSAY_BALL_NEGATE, value)
            }
            let a = try emit(first)
            return try push(
                added ? ASSAY_BALL_ADD : ASSAY_BALL_SUBTRACT, a, try emit(second))
        case .factorial(let inner):
            return try push(ASSAY_BALL_FACTORIAL, try emit(inner))
        case .percent(let inner):
            let a = try emit(inner)
            return try push(ASSAY_BALL_DIVIDE, a, try push(ASSAY_BALL_INTEGER, value: 100))
        case .quantity(let inner, "degree", _):
            let a = try emit(inner)
            let turned = try push(ASSAY_BALL_MULTIPLY, a, try push(ASSAY_BALL_PI))
            return try push(
                ASSAY_BALL_DIVIDE, turned, try push(ASSAY_BALL_INTEGER, value: 180))
        case .call(let name, let arguments): return try call(name, arguments)
        case .bound(let operation): return try emit(operation)
        case .matrix(let rows, isDeterminant: true):
            return try emit(try Expression.determinant(rows, at: expression.range))
        default:
            throw .malformed("no number or expression", at: expression.range.lowerBound)
        }
    }

    private mutating func letter(_ name: String) throws(Refusal) -> Int32 {
        if bound.contains(where: { $0.name == name }) { return try slot(name) }
        switch name {
        case "i":
            sawImaginary = true
            return try push(ASSAY_BALL_I)
        case "e": return try push(ASSAY_BALL_E)
        case "pi": return try push(ASSAY_BALL_PI)
        default: return try slot(name)
        }
    }

    private mutating func fold(
        _ parts: [Expression], _ op: assay_ball_op
    ) throws(Refusal) -> Int32 {
        guard let first = parts.first else { throw .malformed("an empty sum", at: 0) }
        var result = try emit(first)
        for part in parts.dropFirst() { result = try push(op, result, try emit(part)) }
        return result
    }

    private mutating func power(
        _ base: Expression, _ exponent: Expression
    ) throws(Refusal) -> Int32 {
        if case .letter("e") = base.kind, !bound.contains(where: { $0.name == "e" }) {
            return try push(ASSAY_BALL_EXP, try emit(exponent))
        }
        let a = try emit(base)
        guard let number = try exponent.rational(&budget), let top = number.numerator.int64,
            let bottom = number.denominator.int64, bottom <= 64
        else { return try push(ASSAY_BALL_POWER, a, try emit(exponent)) }
        let root = bottom == 1 ? a : try push(ASSAY_BALL_ROOT, a, value: bottom)
        return top == 1 ? root : try push(ASSAY_BALL_POWER_INTEGER, root, value: top)
    }

    // MARK: Functions

    private static let functions: [String: assay_ball_op] = [
        "exp": ASSAY_BALL_EXP, "ln": ASSAY_BALL_LOG, "sin": ASSAY_BALL_SIN, "cos": ASSAY_BALL_COS,
        "tan": ASSAY_BALL_TAN, "cot": ASSAY_BALL_COT, "sec": ASSAY_BALL_SEC,
        "csc": ASSAY_BALL_CSC, "arcsin": ASSAY_BALL_ASIN, "arccos": ASSAY_BALL_ACOS,
        "arctan": ASSAY_BALL_ATAN, "arccot": ASSAY_BALL_ACOT, "arcsec": ASSAY_BALL_ASEC,
        "arccsc": ASSAY_BALL_ACSC, "sinh": ASSAY_BALL_SINH, "cosh": ASSAY_BALL_COSH,
        "tanh": ASSAY_BALL_TANH, "coth": ASSAY_BALL_COTH, "sech": ASSAY_BALL_SECH,
        "csch": ASSAY_BALL_CSCH, "arcsinh": ASSAY_BALL_ASINH, "arccosh": ASSAY_BALL_ACOSH,
        "arctanh": ASSAY_BALL_ATANH, "abs": ASSAY_BALL_ABS, "sgn": ASSAY_BALL_SIGN,
        "floor": ASSAY_BALL_FLOOR, "ceil": ASSAY_BALL_CEIL, "Gamma": ASSAY_BALL_GAMMA,
        "Re": ASSAY_BALL_REAL, "Im": ASSAY_BALL_IMAGINARY, "conj": ASSAY_BALL_CONJUGATE,
        "arg": ASSAY_BALL_ARGUMENT,
    ]

    private mutating func call(
        _ name: String, _ arguments: [Expression]
    ) throws(Refusal) -> Int32 {
        guard let first = arguments.first else {
            throw .malformed("a function without an argument", at: 0)
        }
        if let op = Self.functions[name], arguments.count == 1 {
            if name == "floor" || name == "ceil" { sawFloor = true }
            if ["conj", "Re", "Im", "arg"].contains(name) { sawComplexPart = true }
            return try push(op, try emit(first))
        }
        switch name {
        case "sqrt": return try root(first, degree: arguments.count > 1 ? arguments[1] : nil)
        case "log", "lg": return try logarithm(name, arguments)
        case "binom" where arguments.count == 2:
            let a = try emit(first)
            return try push(ASSAY_BALL_BINOMIAL, a, try emit(arguments[1]))
        case "double factorial":
            // x!! = 2^{x/2} (π/2)^{(cos πx − 1)/4} Γ(x/2 + 1), which is exact at whole numbers.
            needsIntegers = true
            let x = try emit(first)
            let two = try push(ASSAY_BALL_INTEGER, value: 2)
            let half = try push(ASSAY_BALL_DIVIDE, x, two)
            let pi = try push(ASSAY_BALL_PI)
            let turn = try push(ASSAY_BALL_COS, try push(ASSAY_BALL_MULTIPLY, pi, x))
            let less = try push(
                ASSAY_BALL_SUBTRACT, turn, try push(ASSAY_BALL_INTEGER, value: 1))
            let quarter = try push(
                ASSAY_BALL_DIVIDE, less, try push(ASSAY_BALL_INTEGER, value: 4))
            let power = try push(
                ASSAY_BALL_POWER, try push(ASSAY_BALL_DIVIDE, pi, two), quarter)
            let scale = try push(ASSAY_BALL_POWER, two, half)
            let product = try push(ASSAY_BALL_MULTIPLY, scale, power)
            return try push(
                ASSAY_BALL_MULTIPLY, product, try push(ASSAY_BALL_FACTORIAL, half))
        case "min", "max":
            return try fold(arguments, name == "min" ? ASSAY_BALL_MIN : ASSAY_BALL_MAX)
        default:
            // An unknown function of known arguments is one more variable.
            guard name.utf8.count <= 2 else {
                throw .malformed("the function \(name)", at: first.range.lowerBound)
            }
            var evaluator = Evaluator(budget: budget)
            var names: [String] = []
            for argument in arguments { names.append(try evaluator.scalar(argument).description) }
            return try slot(name + "(" + names.joined(separator: ",") + ")")
        }
    }

    private mutating func root(
        _ radicand: Expression, degree: Expression?
    ) throws(Refusal) -> Int32 {
        let a = try emit(radicand)
        guard let degree else { return try push(ASSAY_BALL_ROOT, a, value: 2) }
        if let number = try degree.rational(&budget), number.isInteger,
            let count = number.int64, (1...64).contains(count)
        {
            return try push(ASSAY_BALL_ROOT, a, value: count)
        }
        let inverse = try push(
            ASSAY_BALL_DIVIDE, try push(ASSAY_BALL_INTEGER, value: 1), try emit(degree))
        return try push(ASSAY_BALL_POWER, a, inverse)
    }

    private mutating func logarithm(
        _ name: String, _ arguments: [Expression]
    ) throws(Refusal) -> Int32 {
        let top = try push(ASSAY_BALL_LOG, try emit(arguments[arguments.count - 1]))
        if arguments.count == 2 {
            return try push(
                ASSAY_BALL_DIVIDE, top, try push(ASSAY_BALL_LOG, try emit(arguments[0])))
        }
        if name == "log" {
            sawPlainLogarithm = true
            if base == .natural { return top }
        }
        let ten = try push(ASSAY_BALL_LOG, try push(ASSAY_BALL_INTEGER, value: 10))
        return try push(ASSAY_BALL_DIVIDE, top, ten)
    }

    // MARK: Bound variables

    private mutating func emit(_ operation: BoundOperation) throws(Refusal) -> Int32 {
        switch operation.kind {
        case .sum: return try range(operation, ASSAY_BALL_SUM)
        case .product: return try range(operation, ASSAY_BALL_PRODUCT)
        case .integral: return try range(operation, ASSAY_BALL_INTEGRAL)
        case .limit: return try limit(operation)
        case .derivative:
            return try emit(try operation.derived(&budget))
        }
    }

    private mutating func range(
        _ operation: BoundOperation, _ op: assay_ball_op
    ) throws(Refusal) -> Int32 {
        guard let low = operation.low, let high = operation.high else {
            throw .malformed("bounds are missing", at: operation.body.range.lowerBound)
        }
        var flags: Int32 = 0
        var ends: [Int32] = []
        for (end, isHigh) in [(low, false), (high, true)] {
            guard let negative = end.infinitySign else {
                if op != ASSAY_BALL_INTEGRAL, !end.isPlainInteger { needsIntegers = true }
                ends.append(try emit(end))
                continue
            }
            let isSeries = op == ASSAY_BALL_SUM && isHigh && !negative
            guard isSeries || (op == ASSAY_BALL_INTEGRAL && negative != isHigh) else {
                throw .malformed("an infinite product", at: end.range.lowerBound)
            }
            flags |= Int32(isHigh ? ASSAY_BALL_HIGH_INFINITE : ASSAY_BALL_LOW_INFINITE)
            ends.append(try push(ASSAY_BALL_INTEGER))
        }
        return try body(of: operation, op, ends[0], ends[1], flags: flags)
    }

    private mutating func limit(_ operation: BoundOperation) throws(Refusal) -> Int32 {
        guard let point = operation.low else {
            throw .malformed("a limit without a point", at: operation.body.range.lowerBound)
        }
        var flags: Int32 = 0
        var start: Int32 = 0
        if let negative = point.infinitySign {
            flags = Int32(negative ? ASSAY_BALL_LOW_INFINITE : ASSAY_BALL_HIGH_INFINITE)
        } else {
            start = try emit(point)
        }
        switch operation.side {
        case .above: flags |= Int32(ASSAY_BALL_FROM_ABOVE)
        case .below: flags |= Int32(ASSAY_BALL_FROM_BELOW)
        case .both: break
        }
        // A sequence is followed along whole numbers, a function along others.
        if ["n", "k", "m", "N", "j"].contains(operation.variable) {
            flags |= Int32(ASSAY_BALL_WHOLE)
        }
        return try body(of: operation, ASSAY_BALL_LIMIT, start, start, flags: flags)
    }

    private mutating func body(
        of operation: BoundOperation, _ op: assay_ball_op, _ a: Int32, _ b: Int32, flags: Int32
    ) throws(Refusal) -> Int32 {
        let index = slots.count
        // A name that no text can hold keeps the slot apart from the variables.
        slots.append("\u{1}\(index)")
        let head = try push(op, a, b, value: Int64(index))
        bound.append((operation.variable, index))
        let value = try emit(operation.body)
        bound.removeLast()
        // The body's value must stand in its last instruction.
        let last =
            Int(value) == program.code.count - 1 ? value : try push(ASSAY_BALL_COPY, value)
        program.code[Int(head)].length = last - head
        program.code[Int(head)].flags = flags
        return head
    }
}
