import Tensors
import Testing

@Suite struct StoredFloatsTests {
    /// All patterns of 16 bits, read one byte off alignment.
    private func floats(_ kind: StoredFloats) -> (values: [Float], isFinite: Bool) {
        var bytes: [UInt8] = [0]
        for bits in UInt16.min...UInt16.max {
            bytes.append(UInt8(bits & 0xFF))
            bytes.append(UInt8(bits >> 8))
        }
        var isFinite = true
        let values = [Float](unsafeUninitializedCapacity: 0x10000) { buffer, count in
            bytes.withUnsafeBytes { raw in
                guard let source = raw.baseAddress, let target = buffer.baseAddress else { return }
                isFinite = kind.read(source + 1, count: 0x10000, into: target)
            }
            count = 0x10000
        }
        return (values, isFinite)
    }

    private func halves(_ kind: StoredFloats, _ values: [Float]) -> (bits: [UInt16], fits: Bool) {
        var fits = true
        let bits = [UInt16](unsafeUninitializedCapacity: values.count) { buffer, count in
            values.withUnsafeBufferPointer { floats in
                guard let source = floats.baseAddress, let target = buffer.baseAddress else {
                    return
                }
                fits = kind.write(source, count: values.count, into: target)
            }
            count = values.count
        }
        return (bits, fits)
    }

    /// What a binary16 stands for, by its definition.
    private func plain(_ bits: UInt16) -> Double {
        let sign = bits & 0x8000 == 0 ? 1.0 : -1.0
        let exponent = Int(bits >> 10 & 0x1F)
        let fraction = Double(bits & 0x3FF) / 1024
        switch exponent {
        case 0: return sign * fraction * 0x1p-14
        case 31: return fraction == 0 ? sign * .infinity : .nan
        default:
            return Double(sign: .plus, exponent: exponent - 15, significand: sign) * (1 + fraction)
        }
    }

    @Test("every half is read as what it stands for, and written as it was")
    func everyHalf() {
        let (values, isFinite) = floats(.float16)
        #expect(!isFinite)
        var wrong: [UInt16] = []
        for (bits, value) in zip(UInt16.min...UInt16.max, values) {
            let expected = plain(bits)
            let isRight =
                expected.isNaN
                ? value.isNaN && value.bitPattern >> 13 & 0x3FF == UInt32(bits & 0x3FF)
                : Double(value) == expected && (value.sign == .minus) == (bits >> 15 == 1)
            if !isRight { wrong.append(bits) }
        }
        #expect(wrong.isEmpty)
        let (again, fits) = halves(.float16, values)
        #expect(fits)
        // A signalling NaN becomes a quiet one.
        let quiet = (UInt16.min...UInt16.max).map { $0 & 0x7FFF > 0x7C00 ? $0 | 0x200 : $0 }
        #expect(again == quiet)
    }

    @Test("every bfloat16 is read as the upper half of a float, and written as it was")
    func everyUpperHalf() {
        let (values, isFinite) = floats(.bfloat16)
        #expect(!isFinite)
        #expect(values.map { $0.bitPattern } == (UInt32.min...0xFFFF).map { $0 << 16 })
        let (again, fits) = halves(.bfloat16, values)
        #expect(fits)
        let quiet = (UInt16.min...UInt16.max).map { $0 & 0x7FFF > 0x7F80 ? $0 | 0x40 : $0 }
        #expect(again == quiet)
    }

    @Test("floats between two halves go to the nearer, from the middle to the even one")
    func rounding() {
        for (kind, last) in [(StoredFloats.float16, 0x7BFF), (.bfloat16, 0x7F7F)] {
            let values = floats(kind).values
            var wrong: [Int] = []
            for low in 0..<last {
                let middle = values[low] / 2 + values[low + 1] / 2
                let (bits, fits) = halves(kind, [middle.nextDown, middle, middle.nextUp, -middle])
                let even = UInt16(low & 1 == 0 ? low : low + 1)
                let expected = [UInt16(low), even, UInt16(low + 1), even | 0x8000]
                if bits != expected || !fits { wrong.append(low) }
            }
            #expect(wrong.isEmpty)
        }
    }

    @Test("what is too great becomes infinite and is told")
    func overflow() {
        #expect(halves(.float16, [65519.996]) == ([0x7BFF], true))
        #expect(halves(.float16, [65520]) == ([0x7C00], false))
        #expect(halves(.float16, [-1e30]) == ([0xFC00], false))
        #expect(halves(.float16, [-.infinity, .infinity]) == ([0xFC00, 0x7C00], true))
        let edge = Float(bitPattern: 0x7F7F_8000)
        #expect(halves(.bfloat16, [edge.nextDown]) == ([0x7F7F], true))
        #expect(halves(.bfloat16, [-edge]) == ([0xFF80], false))
        #expect(halves(.bfloat16, [.greatestFiniteMagnitude]) == ([0x7F80], false))
    }

    @Test("floats are copied bit for bit, and one that is not finite is seen wherever it stands")
    func wholeFloats() {
        let count = 9000
        var values = (0..<count).map { Float($0) * 0.37 - 1000 }
        values[3] = .leastNonzeroMagnitude
        for place in [-1, 0, 4095, 4096, count - 1] {
            var input = values
            if place >= 0 { input[place] = Float(bitPattern: 0xFF80_0001) }
            var output = [Float](repeating: 0, count: count)
            let isFinite = input.withUnsafeBytes { raw in
                output.withUnsafeMutableBufferPointer { buffer in
                    guard let source = raw.baseAddress, let target = buffer.baseAddress else {
                        return false
                    }
                    return StoredFloats.float32.read(source, count: count, into: target)
                }
            }
            #expect(isFinite == (place < 0))
            #expect(output.map(\.bitPattern) == input.map(\.bitPattern))
        }
    }
}
