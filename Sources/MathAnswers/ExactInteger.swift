import CFlint

/// An integer of any size up to `Budget.bitLimit`: machine words first, FLINT beyond them.
enum ExactInteger: Sendable, Hashable {
    case small(Int64)
    /// Canonical: never a value that `small` can hold; limbs little-endian without leading zero.
    case large(negative: Bool, magnitude: [UInt64])

    static let zero = ExactInteger.small(0)
    static let one = ExactInteger.small(1)

    /// −1, 0 or 1.
    var sign: Int {
        switch self {
        case .small(let value): Int(value.signum())
        case .large(let negative, _): negative ? -1 : 1
        }
    }

    var isZero: Bool { self == .zero }
    var isOne: Bool { self == .one }

    /// The value where it fits a machine word.
    var int64: Int64? {
        if case .small(let value) = self { return value }
        return nil
    }

    /// Length of the magnitude in bits.
    var bitCount: Int {
        switch self {
        case .small(let value): 64 - value.magnitude.leadingZeroBitCount
        case .large(_, let magnitude):
            magnitude.count * 64 - (magnitude.last?.leadingZeroBitCount ?? 0)
        }
    }

    var isEven: Bool {
        switch self {
        case .small(let value): value & 1 == 0
        case .large(_, let magnitude): (magnitude.first ?? 0) & 1 == 0
        }
    }

    func negated() -> ExactInteger {
        switch self {
        case .small(let value) where value != .min: .small(-value)
        case .small: .large(negative: false, magnitude: [1 << 63])
        case .large(let negative, let magnitude):
            Self.canonical(negative: !negative, magnitude: magnitude)
        }
    }

    var absolute: ExactInteger { sign < 0 ? negated() : self }

    /// Brings limbs into canonical form.
    static func canonical(negative: Bool, magnitude: [UInt64]) -> ExactInteger {
        if magnitude.count > 1 { return .large(negative: negative, magnitude: magnitude) }
        let value = magnitude.first ?? 0
        if value <= UInt64(Int64.max) {
            return .small(negative ? -Int64(value) : Int64(value))
        }
        if negative, value == 1 << 63 { return .small(.min) }
        return .large(negative: negative, magnitude: magnitude)
    }

    /// −1, 0 or 1 as `self` is less than, equal to or greater than `other`.
    func compared(to other: ExactInteger) -> Int {
        if case .small(let a) = self, case .small(let b) = other {
            return a < b ? -1 : a > b ? 1 : 0
        }
        if sign != other.sign { return sign < other.sign ? -1 : 1 }
        let order = Self.compareMagnitudes(limbs, other.limbs)
        return sign < 0 ? -order : order
    }

    private static func compareMagnitudes(_ a: [UInt64], _ b: [UInt64]) -> Int {
        if a.count != b.count { return a.count < b.count ? -1 : 1 }
        for index in a.indices.reversed() where a[index] != b[index] {
            return a[index] < b[index] ? -1 : 1
        }
        return 0
    }

    /// The magnitude's limbs.
    var limbs: [UInt64] {
        switch self {
        case .small(0): []
        case .small(let value): [value.magnitude]
        case .large(_, let magnitude): magnitude
        }
    }
}

extension ExactInteger {
    func adding(_ other: ExactInteger, _ budget: inout Budget) throws(Refusal) -> ExactInteger {
        if case .small(let a) = self, case .small(let b) = other {
            let (sum, overflow) = a.addingReportingOverflow(b)
            if !overflow { return .small(sum) }
        }
        return try combine(ASSAY_ADD, other, &budget)
    }

    func multiplied(
        by other: ExactInteger, _ budget: inout Budget
    ) throws(Refusal) -> ExactInteger {
        if case .small(let a) = self, case .small(let b) = other {
            let (product, overflow) = a.multipliedReportingOverflow(by: b)
            if !overflow { return .small(product) }
        }
        return try combine(ASSAY_MULTIPLY, other, &budget)
    }

    /// The greatest common divisor, ≥ 0.
    func gcd(_ other: ExactInteger, _ budget: inout Budget) throws(Refusal) -> ExactInteger {
        if case .small(let a) = self, case .small(let b) = other {
            var x = a.magnitude
            var y = b.magnitude
            while y != 0 { (x, y) = (y, x % y) }
            return .canonical(negative: false, magnitude: [x])
        }
        return try combine(ASSAY_GCD, other, &budget)
    }

    /// The quotient rounded down; `divisor` is not zero.
    func quotient(
        _ divisor: ExactInteger, _ budget: inout Budget
    ) throws(Refusal) -> ExactInteger {
        guard !divisor.isZero else { throw .undefined("quotient by zero") }
        if case .small(let a) = self, case .small(let b) = divisor, a != .min {
            let (whole, rest) = a.quotientAndRemainder(dividingBy: b)
            return .small(rest != 0 && (rest < 0) != (b < 0) ? whole - 1 : whole)
        }
        return try combine(ASSAY_QUOTIENT, divisor, &budget)
    }

    /// The remainder of `quotient`, with the divisor's sign.
    func remainder(
        _ divisor: ExactInteger, _ budget: inout Budget
    ) throws(Refusal) -> ExactInteger {
        guard !divisor.isZero else { throw .undefined("remainder by zero") }
        if case .small(let a) = self, case .small(let b) = divisor, b != -1 {
            let rest = a % b
            return .small(rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest)
        }
        return try combine(ASSAY_REMAINDER, divisor, &budget)
    }

    func power(_ exponent: UInt32, _ budget: inout Budget) throws(Refusal) -> ExactInteger {
        if exponent == 0 || isOne { return .one }
        if isZero { return .zero }
        if self == .small(-1) { return exponent % 2 == 0 ? .one : self }
        let (bits, overflow) = bitCount.multipliedReportingOverflow(by: Int(exponent))
        guard !overflow, bits <= Budget.bitLimit else { throw .limit("bits") }
        try budget.spend(1 + bits / 48)
        return Self.receive(capacity: bits / 64 + 2) { out in
            withView { assay_int_power($0, exponent, &out) }
        } ?? .zero
    }

    static func factorial(_ n: UInt32, _ budget: inout Budget) throws(Refusal) -> ExactInteger {
        // log₂ n! < n · log₂ n.
        let bits = Int(n) * (32 - n.leadingZeroBitCount)
        guard bits <= Budget.bitLimit else { throw .limit("bits") }
        try budget.spend(1 + bits / 512)
        return receive(capacity: bits / 64 + 2) { assay_int_factorial(n, &$0) } ?? .zero
    }

    static func binomial(
        _ n: UInt32, _ k: UInt32, _ budget: inout Budget
    ) throws(Refusal) -> ExactInteger {
        if k > n { return .zero }
        // At most 2ⁿ, and at most nᵏ.
        let bits = min(Int(n), Int(min(k, n - k)) * (32 - n.leadingZeroBitCount))
        guard bits <= Budget.bitLimit else { throw .limit("bits") }
        try budget.spend(1 + bits / 256)
        return receive(capacity: bits / 64 + 2) { assay_int_binomial(n, k, &$0) } ?? .zero
    }

    /// The exact root of this degree, or nil where it is irrational or not real.
    func exactRoot(
        _ degree: UInt32, _ budget: inout Budget
    ) throws(Refusal) -> ExactInteger? {
        guard degree >= 1 else { return nil }
        if sign < 0 {
            guard degree % 2 == 1 else { return nil }
            return try negated().exactRoot(degree, &budget)?.negated()
        }
        try budget.spend(1 + bitCount / 256)
        var exact: Int32 = 0
        let root = Self.receive(capacity: limbs.count + 1) { out in
            withView { assay_int_root($0, degree, &out, &exact) }
        }
        return exact == 1 ? root : nil
    }

    /// Reads ASCII digits of `base`; nil where one is no such digit.
    init?(digits: some Collection<UInt8>, base: Int = 10, _ budget: inout Budget) throws(Refusal) {
        if base == 10, digits.count <= 18 {
            var value: Int64 = 0
            for digit in digits {
                guard digit >= 0x30, digit <= 0x39 else { return nil }
                value = value * 10 + Int64(digit - 0x30)
            }
            self = .small(value)
            return
        }
        // At most 5.2 bits a digit, for base 36.
        let bits = digits.count * (base <= 10 ? 4 : 6)
        guard digits.count <= 78_000, bits <= 2 * Budget.bitLimit else { throw .limit("digits") }
        try budget.spend(1 + bits / 256)
        let text = digits.map { CChar(bitPattern: $0) } + [0]
        let value = Self.receive(capacity: bits / 64 + 2) { out in
            assay_int_parse(text, Int32(base), &out)
        }
        guard let value else { return nil }
        self = value
    }

    /// Decimal digits.
    var description: String {
        if case .small(let value) = self { return String(value) }
        var text = [CChar](repeating: 0, count: bitCount * 31 / 100 + 8)
        let written = withView { assay_int_write($0, &text, text.count) }
        guard written == 1 else { return "?" }
        return String(
            decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private func combine(
        _ operation: assay_int_op, _ other: ExactInteger, _ budget: inout Budget
    ) throws(Refusal) -> ExactInteger {
        let length = bitCount + other.bitCount
        if operation == ASSAY_MULTIPLY, length > Budget.bitLimit { throw .limit("bits") }
        // Steps follow what GMP takes: products are nearly linear, the rest is nearly quadratic.
        let limbs = length / 64
        let isHeavy =
            operation == ASSAY_GCD || operation == ASSAY_QUOTIENT
            || operation == ASSAY_REMAINDER
        let isLight = operation == ASSAY_ADD || operation == ASSAY_SUBTRACT
        try budget.spend(1 + (isLight ? limbs / 8 : limbs + (isHeavy ? limbs * limbs / 512 : 0)))
        let result = Self.receive(capacity: length / 64 + 4) { out in
            withView { a in other.withView { b in assay_int_combine(operation, a, b, &out) } }
        }
        guard let result else { throw .limit("bits") }
        return result
    }

    private func withView<R>(_ body: (assay_int) -> R) -> R {
        let limbs = limbs
        return limbs.withUnsafeBufferPointer { buffer in
            body(
                assay_int(
                    limbs: buffer.baseAddress, count: buffer.count, negative: sign < 0 ? 1 : 0))
        }
    }

    private static func receive(
        capacity: Int, _ body: (inout assay_int_out) -> Int32
    ) -> ExactInteger? {
        var negative = false
        var done = false
        let limbs = [UInt64](unsafeUninitializedCapacity: capacity) { buffer, count in
            var out = assay_int_out(
                limbs: buffer.baseAddress, capacity: buffer.count, count: 0, negative: 0)
            done = body(&out) == 1
            count = done ? out.count : 0
            negative = out.negative != 0
        }
        return done ? canonical(negative: negative, magnitude: limbs) : nil
    }
}
