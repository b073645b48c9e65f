/// What polynomials are made of besides rational numbers: a variable, a named constant, a radical
/// of a prime, or a function value that is only known by its name and arguments.
struct Kernel: Sendable, Hashable, Comparable {
    /// How powers of the kernel simplify.
    enum Kind: Sendable, Hashable {
        /// No power simplifies.
        case free
        /// i: i² = −1.
        case imaginary
        /// A prime under a radical: exponents lie in 0 ..< 1, whole powers are numbers.
        case prime(ExactInteger)
    }

    /// Its name in normal forms: equal names, equal kernels.
    let name: String
    let kind: Kind
    /// The first eight bytes of the name, which decide most comparisons.
    private let head: UInt64

    init(name: String, kind: Kind) {
        self.name = name
        self.kind = kind
        var head: UInt64 = 0
        for byte in name.utf8.prefix(8) { head = head << 8 | UInt64(byte) }
        self.head = head << UInt64(8 * max(0, 8 - name.utf8.count))
    }

    static let imaginary = Kernel(name: "i", kind: .imaginary)

    static func == (a: Kernel, b: Kernel) -> Bool {
        // A head that does not fill its bytes is the whole name.
        a.head == b.head && (a.head & 0xFF == 0 || a.name == b.name)
    }

    static func < (a: Kernel, b: Kernel) -> Bool {
        a.head == b.head ? a.head & 0xFF != 0 && a.name < b.name : a.head < b.head
    }

    func hash(into hasher: inout Hasher) { hasher.combine(head) }
}

extension Kernel {
    /// How the name of a sum begins whose power was not multiplied out.
    static let unexpanded = "expand("

    /// Whether it is such a sum.
    var isUnexpanded: Bool { name.hasPrefix(Self.unexpanded) }

    /// Whether it is one capital letter, as the ends of a segment are.
    var isCapital: Bool {
        guard kind == .free, let first = name.unicodeScalars.first else { return false }
        // `∠ABC` and `△ABC` are names too, and the m of `m∠A` stands beside one.
        if first == "∠" || first == "△" || name == "m" { return true }
        return name.utf8.count == 1 && ("A"..."Z").contains(first)
    }

    /// Adds the names of the variables that the kernel depends on.
    func collectVariables(into names: inout Set<String>) {
        if !name.utf8.contains(0x28) {
            if !isNumber { names.insert(name) }
            return
        }
        // A function value such as `sin(2*x)`.
        for word in name.split(whereSeparator: { "()+-*/^, !".contains($0) }) {
            let name = String(word)
            guard let first = name.unicodeScalars.first, !("0"..."9").contains(first),
                first != "⟨", Vocabulary.functions[name] == nil,
                !["pi", "e", "i", "∞", "sum", "product", "integral", "limit", "expand"].contains(
                    name)
            else { continue }
            names.insert(name)
        }
    }
}

/// A product of kernels with rational exponents.
struct Monomial: Sendable, Hashable, Comparable {
    /// Sorted by kernel, no exponent 0.
    let factors: [Factor]

    /// A kernel to a power.
    struct Factor: Sendable, Hashable {
        let kernel: Kernel
        let exponent: Rational
    }

    static let one = Monomial(factors: [])

    var isOne: Bool { factors.isEmpty }

    /// Any total order: by kernels, then by exponents.
    static func < (a: Monomial, b: Monomial) -> Bool {
        for (x, y) in zip(a.factors, b.factors) {
            if x.kernel != y.kernel { return x.kernel < y.kernel }
            let order = x.exponent.numerator.compared(to: y.exponent.numerator)
            if order != 0 { return order < 0 }
            let other = x.exponent.denominator.compared(to: y.exponent.denominator)
            if other != 0 { return other < 0 }
        }
        return a.factors.count < b.factors.count
    }

    /// `x^2*y`, or empty for 1.
    var description: String {
        factors.map { factor in
            factor.exponent.isOne
                ? factor.kernel.name
                : factor.kernel.name + "^"
                    + (factor.exponent.isInteger && factor.exponent.sign > 0
                        ? factor.exponent.description : "(\(factor.exponent.description))")
        }.joined(separator: "*")
    }

    /// The product, and the number that leaves it where radicals or powers of i combine.
    func multiplied(
        by other: Monomial, _ budget: inout Budget
    ) throws(Refusal) -> (Monomial, Rational) {
        if factors.isEmpty { return (other, .one) }
        if other.factors.isEmpty { return (self, .one) }
        try budget.spend(factors.count + other.factors.count)
        var number = Rational.one
        var merged: [Factor] = []
        var left = factors[...]
        var right = other.factors[...]
        while let a = left.first, let b = right.first {
            if a.kernel == b.kernel {
                let sum = try a.exponent.adding(b.exponent, &budget)
                try Self.append(a.kernel, sum, &merged, &number, &budget)
                left = left.dropFirst()
                right = right.dropFirst()
            } else if a.kernel < b.kernel {
                merged.append(a)
                left = left.dropFirst()
            } else {
                merged.append(b)
                right = right.dropFirst()
            }
        }
        merged += left
        merged += right
        return (Monomial(factors: merged), number)
    }

    /// The monomial to a rational power; only powers that hold everywhere are asked for.
    func power(
        _ exponent: Rational, _ budget: inout Budget
    ) throws(Refusal) -> (Monomial, Rational) {
        var number = Rational.one
        var raised: [Factor] = []
        for factor in factors {
            let product = try factor.exponent.multiplied(by: exponent, &budget)
            try Self.append(factor.kernel, product, &raised, &number, &budget)
        }
        return (Monomial(factors: raised), number)
    }

    /// Adds `kernel ^ exponent` in its simplest form.
    private static func append(
        _ kernel: Kernel, _ exponent: Rational, _ factors: inout [Factor],
        _ number: inout Rational, _ budget: inout Budget
    ) throws(Refusal) {
        if exponent.isZero { return }
        switch kernel.kind {
        case .free: factors.append(Factor(kernel: kernel, exponent: exponent))
        case .imaginary:
            guard exponent.isInteger else { throw .undefined("a root of i") }
            let turn = try exponent.numerator.remainder(.small(4), &budget).int64 ?? 0
            if turn >= 2 { number = number.negated() }
            if turn % 2 == 1 { factors.append(Factor(kernel: kernel, exponent: .one)) }
        case .prime(let prime):
            let whole = try exponent.numerator.quotient(exponent.denominator, &budget)
            guard let count = whole.int64 else { throw .limit("exponent") }
            let rest = try exponent.adding(Rational(whole.negated()), &budget)
            let power = try Rational(prime).power(count, &budget)
            number = try number.multiplied(by: power, &budget)
            if !rest.isZero { factors.append(Factor(kernel: kernel, exponent: rest)) }
        }
    }
}
