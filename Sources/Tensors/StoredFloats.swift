internal import CKernels

/// How files keep floats: as they are, or in 16 bits of either kind.
///
/// The bytes are little-endian, as are all machines that this package builds for.
package enum StoredFloats: Sendable {
    /// IEEE 754 binary32.
    case float32
    /// IEEE 754 binary16: one bit of sign, five of exponent, ten of fraction.
    case float16
    /// The upper half of a binary32.
    case bfloat16

    /// Reads `count` numbers at `source`, which needs no alignment, each exactly as it was kept.
    ///
    /// - Returns: whether all are finite.
    package func read(
        _ source: UnsafeRawPointer, count: Int, into floats: UnsafeMutablePointer<Float>
    ) -> Bool {
        let isFinite =
            switch self {
            case .float32: ck_read_f32(Int64(count), source, floats)
            case .float16: ck_read_f16(Int64(count), source, floats)
            case .bfloat16: ck_read_bf16(Int64(count), source, floats)
            }
        return isFinite != 0
    }

    /// Writes `count` numbers to `target`, rounded to the nearest, ties to even.
    ///
    /// - Returns: false where a finite number was too great and became infinite.
    package func write(
        _ floats: UnsafePointer<Float>, count: Int, into target: UnsafeMutableRawPointer
    ) -> Bool {
        switch self {
        case .float32:
            target.copyMemory(from: floats, byteCount: count * 4)
            return true
        case .float16:
            let halves = target.bindMemory(to: UInt16.self, capacity: count)
            return ck_write_f16(Int64(count), floats, halves) != 0
        case .bfloat16:
            let halves = target.bindMemory(to: UInt16.self, capacity: count)
            return ck_write_bf16(Int64(count), floats, halves) != 0
        }
    }
}
