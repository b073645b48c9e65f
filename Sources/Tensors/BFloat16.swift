/// A number with the range of a 32-bit float and 8 bits of precision, by its bits.
package struct BFloat16: Sendable, Equatable, BitwiseCopyable {
    /// The upper half of a 32-bit float's bits.
    package var bits: UInt16

    /// A number of these bits.
    package init(bits: UInt16) { self.bits = bits }

    /// The number as a 32-bit float, exactly.
    package var float: Float { Float(bitPattern: UInt32(bits) << 16) }
}

/// What the factors of a matrix product are; sums are 32-bit floats always.
package protocol ProductElement {
    /// Whether it is bfloat16.
    static var isHalf: Bool { get }
}

extension Float: ProductElement {
    package static var isHalf: Bool { false }
}

extension BFloat16: ProductElement {
    package static var isHalf: Bool { true }
}
