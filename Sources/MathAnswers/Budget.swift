/// What one comparison may cost, counted in steps and never in seconds, so that the verdict is
/// the same on every machine.
struct Budget: Sendable {
    /// Numbers longer than this end the comparison (2¹⁸ bits are 78,913 decimal digits).
    static let bitLimit = 1 << 18
    /// Nesting deeper than this is refused: recursion runs on the machine's stack.
    static let depthLimit = 120
    /// More terms than this in one polynomial end the comparison.
    static let termLimit = 512
    /// Products of more pairs of terms than this are not multiplied out: larger ones are left to
    /// FLINT.
    static let productLimit = 2048
    /// Nor are powers of more terms than this.
    static let powerLimit = 64

    /// Steps left: a node read or an operation on numbers is one, long numbers cost more.
    private(set) var steps: Int

    init(steps: Int) { self.steps = steps }

    /// Pays for work before it is done.
    mutating func spend(_ count: Int = 1) throws(Refusal) {
        steps -= count
        if steps < 0 { throw .limit("steps") }
    }
}

/// Why a text got no value.
enum Refusal: Error, Equatable, Sendable {
    /// It would cost more than the budget; names the limit.
    case limit(String)
    /// It is no mathematics that is understood; says what and at which byte of the answer.
    case malformed(String, at: Int)
    /// It has no value, such as a quotient by zero.
    case undefined(String)
}
