import Foundation
import Tensors
import Testing

@Suite struct AttentionTests {
    @Test(
        "attention and its gradient equal their plain twins, below and above a block of queries",
        arguments: [1, 3, 17, 64, 65, 130],
        [(4, 4, 8, true), (4, 2, 32, true), (3, 1, 40, true), (4, 2, 24, false)])
    func twins(length: Int, heads: (Int, Int, Int, Bool)) {
        let shape = AttentionShape(
            heads: heads.0, keyValueHeads: heads.1, headWidth: heads.2, isCausal: heads.3)
        let qkv = numbers(length * shape.rowWidth)
        let dOut = numbers(length * shape.heads * shape.headWidth, seed: 3)
        let wanted = PlainKernels.attention(shape, length: length, qkv).out
        let wantedGradient = PlainKernels.attentionBackward(
            shape, length: length, qkv, dOut: dOut)
        for kernels in available {
            var out = [Float](repeating: 9, count: wanted.count)
            var logSums = [Float](repeating: 9, count: length * shape.heads)
            var scratch = [Float](repeating: 9, count: shape.scratch(length: length))
            kernels.attention(
                shape, length: length, qkv, into: &out, logSums: &logSums, scratch: &scratch)
            #expect(zip(out, wanted).allSatisfy { abs(Double($0) - $1) < 2e-6 })
            var gradient = [Float](repeating: 9, count: qkv.count)
            scratch = [Float](repeating: 9, count: scratch.count)
            kernels.attentionBackward(
                shape, length: length, qkv, out: out, logSums: logSums, dOut: dOut,
                into: &gradient, scratch: &scratch)
            let worst = zip(gradient, wantedGradient).map { abs(Double($0) - $1) }.max() ?? 0
            #expect(worst < 2e-5, "\(kernels.instructionSet), \(length), \(heads)")
        }
    }

    @Test("what attention keeps grows with the length, not with its square")
    func memory() {
        let shape = AttentionShape(heads: 8, keyValueHeads: 2, headWidth: 64)
        let (short, long) = (shape.scratch(length: 1024), shape.scratch(length: 4096))
        #expect(long < 5 * short)
    }

    @Test(
        "a query against pages of keys has the bits of its row of attention",
        arguments: [1, 15, 16, 17, 48, 63, 64, 100])
    func decoding(length: Int) {
        for (heads, keyValueHeads, width) in [
            (2, 1, 32), (4, 4, 16), (9, 3, 64), (7, 7, 10), (5, 1, 40),
        ] {
            let shape = AttentionShape(
                heads: heads, keyValueHeads: keyValueHeads, headWidth: width)
            let qkv = numbers(length * shape.rowWidth)
            for kernels in available {
                var out = [Float](repeating: 0, count: length * heads * width)
                var logSums = [Float](repeating: 0, count: length * heads)
                var scratch = [Float](repeating: 0, count: shape.scratch(length: length))
                kernels.attention(
                    shape, length: length, qkv, into: &out, logSums: &logSums, scratch: &scratch)
                let wanted = out.suffix(heads * width)
                let found = decoded(shape, length: length, qkv, kernels)
                #expect(
                    found.map(\.bitPattern) == wanted.map(\.bitPattern),
                    "\(length) keys, \(shape), \(kernels.instructionSet)")
            }
        }
    }

    /// The last row against a cache of pages in no order, each with something else before the layer and
    /// behind it, and numbers of no meaning where nothing is kept.
    private func decoded(
        _ shape: AttentionShape, length: Int, _ qkv: [Float], _ kernels: Kernels
    ) -> [Float] {
        let size = Kernels.pagePositions
        let count = (length + size - 1) / size
        let pageFloats = 2 * size * shape.keyValueHeads * shape.headWidth + 32
        let memory = FloatBuffer(count: count * pageFloats)
        for index in 0..<count * pageFloats { memory.pointer[index] = .nan }
        let pages = (0..<count).map { memory.pointer + (count - 1 - $0) * pageFloats }
        return qkv.withUnsafeBufferPointer { qkv in
            guard let base = qkv.baseAddress else { return [] }
            for position in 0..<length {
                let keys = base + position * shape.rowWidth + shape.heads * shape.headWidth
                kernels.keep(
                    shape, keys, in: pages[position / size] + 16, position: position % size)
            }
            var out = [Float](repeating: 0, count: shape.heads * shape.headWidth)
            var scratch = [Float](repeating: .nan, count: shape.cacheScratch(keys: length))
            kernels.attend(
                shape, query: base + (length - 1) * shape.rowWidth,
                pages: pages.map { UnsafePointer($0) }, offset: 16, keys: length,
                scratch: &scratch, into: &out)
            return out
        }
    }
}
