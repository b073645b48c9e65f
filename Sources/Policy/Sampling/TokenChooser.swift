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
    ///   - scratch: room for `scratchCount(count)` floats.
    func choose(
        _ logits: UnsafePointer<Float>, count: Int, top: Float, uniform: Double,
        scratch: UnsafeMutablePointer<Float>
    ) -> Int32 {
        let temperature = settings.choiceTemperature
        let sharpness = 1 / temperature
        if temperature == 0 || !sharpness.isFinite {
            return Int32((0..<count).first { logits[$0] == top } ?? 0)
        }
        kernels.exponentials(
            count, logits, shift: top, scale: sharpness, into: scratch)
        let sums = scratch + (count + 15) / 16 * 16
        kernels.blockSums(count, scratch, into: sums)
        var total = 0.0
        for block in 0..<Self.blocks(count) { total += Double(sums[block]) }
        return settings.truncates
            ? chooseAmongLikeliest(count, total, uniform, scratch)
            : draw(count, uniform * total, scratch, sums)
    }

    /// Floats that `choose` needs for so many tokens.
    static func scratchCount(_ count: Int) -> Int { count + 32 + blocks(count) }

    private static func blocks(_ count: Int) -> Int {
        (count + Kernels.sumBlock - 1) / Kernels.sumBlock
    }

    /// The token at which the running sum passes `goal`: blocks first, then tokens of one.
    private func draw(
        _ count: Int, _ goal: Double, _ weights: UnsafePointer<Float>,
        _ sums: UnsafePointer<Float>
    ) -> Int32 {
        var passed = 0.0
        var last = 0
        for block in 0..<Self.blocks(count) where sums[block] > 0 {
            last = block
            if passed + Double(sums[block]) > goal { break }
            passed += Double(sums[block])
        }
        let first = last * Kernels.sumBlock
        return draw(min(Kernels.sumBlock, count - first), goal - passed) {
            (Int32(first + $0), weights[first + $0])
        }
    }

    private func chooseAmongLikeliest(
        _ count: Int, _ total: Double, _ uniform: Double,
        _ weights: UnsafeMutablePointer<Float>
    ) -> Int32 {
        var order = likeliest(count, total, weights)
        if settings.topK > 0 { order.removeLast(max(0, order.count - settings.topK)) }
        if settings.topP < 1 {
            // What top-k left is the whole of what top-p takes its share of.
            let whole =
                settings.topK > 0
                ? order.reduce(0.0) { $0 + Double(weights[Int($1)]) } : total
            let goal = Double(settings.topP) * whole
            var mass = 0.0
            let kept = order.firstIndex { token in
                mass += Double(weights[Int(token)])
                return mass >= goal
            }
            if let kept { order.removeLast(order.count - kept - 1) }
        }
        let least = settings.minP * weights[Int(order[0])]
        let kept = order.prefix { weights[Int($0)] >= least }
        let rest = kept.reduce(0.0) { $0 + Double(weights[Int($1)]) }
        return draw(kept.count, uniform * rest) { (kept[$0], weights[Int(kept[$0])]) }
    }

    /// As many of the likeliest tokens as the settings can want, likeliest first, the lower id first
    /// among equals: only those are sorted.
    private func likeliest(
        _ count: Int, _ total: Double, _ weights: UnsafePointer<Float>
    ) -> [Int32] {
        // The likeliest token weighs 1.
        var least = max(settings.minP, 0.01)
        while true {
            var order: [Int32] = []
            var mass = 0.0
            for token in 0..<count where weights[token] >= least {
                order.append(Int32(token))
                mass += Double(weights[token])
            }
            let isEnough =
                least <= settings.minP
                || (settings.topK > 0 && order.count >= settings.topK)
                || (settings.topK == 0 && settings.topP < 1
                    && mass >= Double(settings.topP) * total)
            if isEnough || order.count == count || least == 0 {
                order.sort { a, b in
                    let (x, y) = (weights[Int(a)], weights[Int(b)])
                    return x > y || (x == y && a < b)
                }
                return order
            }
            least = least < 1e-30 ? 0 : max(settings.minP, least / 16)
        }
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
