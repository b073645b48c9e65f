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
        let shape = AttentionShape(heads: 2, keyValueHeads: 1, headWidth: 32)
        let qkv = numbers(length * shape.rowWidth)
        let (width, row) = (shape.headWidth, shape.rowWidth)
        let size = Kernels.pagePositions
        // Pages in no order, each with something else before the head's keys and behind its values.
        let count = (length + size - 1) / size
        let pageFloats = 2 * size * width + 32
        let memory = FloatBuffer(count: count * pageFloats)
        let pages = (0..<count).map { memory.pointer + (count - 1 - $0) * pageFloats }
        for position in 0..<length {
            let page = pages[position / size] + 16
            for i in 0..<width {
                let from = position * row + 2 * width + i
                page[i * size + position % size] = qkv[from]
                page[size * width + position % size * width + i] = qkv[from + width]
            }
        }
        for kernels in available {
            var out = [Float](repeating: 0, count: length * 2 * width)
            var logSums = [Float](repeating: 0, count: length * 2)
            var scratch = [Float](repeating: 0, count: shape.scratch(length: length))
            kernels.attention(
                shape, length: length, qkv, into: &out, logSums: &logSums, scratch: &scratch)
            for head in 0..<2 {
                var one = [Float](repeating: 0, count: width)
                let query = Array(qkv[((length - 1) * row + head * width)...].prefix(width))
                kernels.attend(
                    shape, query: query, pages: pages.map { UnsafePointer($0) }, keyOffset: 16,
                    valueOffset: 16 + size * width, keys: length, scratch: &scratch, into: &one)
                let wanted = out[
                    ((length - 1) * 2 + head) * width..<((length - 1) * 2 + head + 1) * width]
                #expect(one.map(\.bitPattern) == wanted.map(\.bitPattern), "\(length)")
            }
        }
    }
}
