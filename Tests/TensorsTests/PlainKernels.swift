import Foundation
import Tensors

/// Plain double-precision twins of the kernels.
enum PlainKernels {
    static func norm(_ x: [Float], _ w: [Float], epsilon: Double) -> [Double] {
        let square = x.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(x.count)
        return zip(x, w).map { Double($0) * Double($1) / (square + epsilon).squareRoot() }
    }

    /// a[m,k] · b[k,n], each read by strides.
    static func product(
        _ m: Int, _ n: Int, _ k: Int, a: (Int, Int) -> Float, b: (Int, Int) -> Float
    ) -> [Double] {
        (0..<m * n).map { index in
            (0..<k).reduce(0.0) {
                $0 + Double(a(index / n, $1)) * Double(b($1, index % n))
            }
        }
    }

    static func silu(_ x: Float) -> Double { Double(x) / (1 + exp(-Double(x))) }

    /// Attention of one sequence, whose rows hold the heads of q, then k, then v.
    static func attention(
        _ shape: AttentionShape, length: Int, _ qkv: [Float]
    ) -> (out: [Double], weights: [[[Double]]]) {
        let (width, group) = (shape.headWidth, shape.heads / shape.keyValueHeads)
        var out = [Double](repeating: 0, count: length * shape.heads * width)
        var weights: [[[Double]]] = []
        for head in 0..<shape.heads {
            let (k, v) = (
                shape.heads + head / group, shape.heads + shape.keyValueHeads + head / group
            )
            func at(_ row: Int, _ part: Int, _ i: Int) -> Double {
                Double(qkv[row * shape.rowWidth + part * width + i])
            }
            var rows: [[Double]] = []
            for query in 0..<length {
                let scores = (0...(shape.isCausal ? query : length - 1)).map { key in
                    (0..<width).reduce(0.0) { $0 + at(query, head, $1) * at(key, k, $1) }
                        / Double(width).squareRoot()
                }
                let top = scores.max() ?? 0
                let terms = scores.map { exp($0 - top) }
                let total = terms.reduce(0, +)
                let row = terms.map { $0 / total }
                for i in 0..<width {
                    out[(query * shape.heads + head) * width + i] = row.enumerated().reduce(0.0) {
                        $0 + $1.element * at($1.offset, v, i)
                    }
                }
                rows.append(row)
            }
            weights.append(rows)
        }
        return (out, weights)
    }

    /// The gradient of Σ out · dOut by every number of q, k and v.
    static func attentionBackward(
        _ shape: AttentionShape, length: Int, _ qkv: [Float], dOut: [Float]
    ) -> [Double] {
        let (width, group) = (shape.headWidth, shape.heads / shape.keyValueHeads)
        let (out, weights) = attention(shape, length: length, qkv)
        let scale = 1 / Double(width).squareRoot()
        var gradient = [Double](repeating: 0, count: qkv.count)
        for head in 0..<shape.heads {
            let (k, v) = (
                shape.heads + head / group, shape.heads + shape.keyValueHeads + head / group
            )
            func place(_ row: Int, _ part: Int, _ i: Int) -> Int {
                row * shape.rowWidth + part * width + i
            }
            for query in 0..<length {
                let base = (query * shape.heads + head) * width
                let pull = (0..<width).reduce(0.0) { $0 + out[base + $1] * Double(dOut[base + $1]) }
                for key in 0...(shape.isCausal ? query : length - 1) {
                    let weight = weights[head][query][key]
                    let dWeight = (0..<width).reduce(0.0) {
                        $0 + Double(dOut[base + $1]) * Double(qkv[place(key, v, $1)])
                    }
                    let dScore = weight * (dWeight - pull) * scale
                    for i in 0..<width {
                        gradient[place(query, head, i)] += dScore * Double(qkv[place(key, k, i)])
                        gradient[place(key, k, i)] += dScore * Double(qkv[place(query, head, i)])
                        gradient[place(key, v, i)] += weight * Double(dOut[base + i])
                    }
                }
            }
        }
        return gradient
    }
}
