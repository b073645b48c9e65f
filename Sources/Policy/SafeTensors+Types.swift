extension SafeTensors {
    /// How a file keeps its numbers; in memory they are 32-bit floats.
    public enum ElementType: String, Sendable, CaseIterable {
        case float32 = "F32"
        case float16 = "F16"
        case bfloat16 = "BF16"

        /// Bytes of a number.
        var width: Int { self == .float32 ? 4 : 2 }

        /// The numbers in `bytes` from `start` on, each exactly as it was kept.
        func values(_ bytes: UnsafeRawBufferPointer, from start: Int, count: Int) -> [Float] {
            (0..<count).map { index in
                let place = start + index * width
                switch self {
                case .float32:
                    let bits = bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self)
                    return Float(bitPattern: UInt32(littleEndian: bits))
                case .bfloat16: return Float(bitPattern: UInt32(half(bytes, place)) << 16)
                case .float16: return Self.float(ofHalf: half(bytes, place))
                }
            }
        }

        private func half(_ bytes: UnsafeRawBufferPointer, _ place: Int) -> UInt16 {
            UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt16.self))
        }

        /// IEEE 754 binary16: one bit of sign, five of exponent, ten of fraction.
        static func float(ofHalf bits: UInt16) -> Float {
            let sign: Float = bits & 0x8000 == 0 ? 1 : -1
            let exponent = Int(bits >> 10 & 0x1F)
            let fraction = Float(bits & 0x3FF)
            switch exponent {
            case 0: return sign * fraction * 0x1p-24
            case 31: return fraction == 0 ? sign * .infinity : .nan
            default:
                return sign
                    * Float(sign: .plus, exponent: exponent - 15, significand: 1 + fraction / 1024)
            }
        }
    }
}
