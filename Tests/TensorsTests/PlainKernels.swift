import Foundation

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
}
