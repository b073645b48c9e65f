import Rollouts
import Tensors

/// Draws a token from one row of logits.
struct TokenChooser {
    let settings: SamplingSettings
    let kernels: Kernels

    /// The token for `uniform` in 0..<1.
    ///
    /// - Parameters:
    ///   - logits: shape `[count]`, finite; `top` is the greatest.
    ///   - scratch: room for `count` floats rounded up to 16.
    func choose(
        _ logits: UnsafePointer<Float>, count: Int, top: Float, uniform: Double,
        scratch: UnsafeMutablePointer<Float>
    ) -> Int32 {
        if settings.temperature == 0 {
            return Int32((0..<count).first { logits[$0] == top } ?? 0)
        }
        kernels.exponentials(
            count, logits, shift: top, scale: 1 / settings.temperature, into: scratch)
        if settings.truncates { return chooseAmongLikeliest(count, uniform, scratch) }
        var total = 0.0
        for i in 0..<count { total += Double(scratch[i]) }
        return draw(count, uniform * total) { (Int32($0), scratch[$0]) }
    }

    private func chooseAmongLikeliest(
        _ count: Int, _ uniform: Double, _ weights: UnsafeMutablePointer<Float>
    ) -> Int32 {
        var order = Array(0..<Int32(count))
        order.sort { a, b in
            let (x, y) = (weights[Int(a)], weights[Int(b)])
            return x > y || (x == y && a < b)
        }
        if settings.topK > 0 { order.removeLast(max(0, order.count - settings.topK)) }
        if settings.topP < 1 {
            let goal =
                Double(settings.topP) * order.reduce(0.0) { $0 + Double(weights[Int($1)]) }
            var mass = 0.0
            let kept = order.firstIndex { token in
                mass += Double(weights[Int(token)])
                return mass >= goal
            }
            if let kept { order.removeLast(order.count - kept - 1) }
        }
        let least = settings.minP * weights[Int(order[0])]
        let kept = order.prefix { weights[Int($0)] >= least }
        let total = kept.reduce(0.0) { $0 + Double(weights[Int($1)]) }
        return draw(kept.count, uniform * total) { (kept[$0], weights[Int(kept[$0])]) }
    }

    /// The first entry at which the running sum passes `goal`; the last with weight if none does.
    private func draw(_ count: Int, _ goal: Double, _ entry: (Int) -> (Int32, Float)) -> Int32 {
        var sum = 0.0
        var last: Int32 = 0
        for i in 0..<count {
            let (token, weight) = entry(i)
            guard weight > 0 else { continue }
            last = token
            sum += Double(weight)
            if sum > goal { return token }
        }
        return last
    }
}
