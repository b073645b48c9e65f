import Foundation
import Policy

/// The same transformer in plain double precision, one position at a time: slow and easy to check.
struct DoubleTwin {
    let configuration: TransformerConfiguration
    let views: [String: ParameterView]
    var parameters: [Double]
    var temperature = 1.0

    init(_ model: Transformer) {
        configuration = model.configuration
        views = Dictionary(uniqueKeysWithValues: model.parameters.map { ($0.name, $0) })
        parameters = model.copyParameters().map(Double.init)
    }

    private func matrix(_ name: String) -> (offset: Int, rows: Int, columns: Int) {
        guard let view = views[name] else { return (0, 0, 0) }
        return (view.offset, view.shape[0], view.shape.count > 1 ? view.shape[1] : 1)
    }

    private func product(_ name: String, _ x: [Double]) -> [Double] {
        let m = matrix(name)
        let bias = views[name.replacing(".weight", with: ".bias")].map(\.offset)
        return (0..<m.rows).map { r in
            var sum = 0.0
            if let bias { sum = parameters[bias + r] }
            for i in 0..<m.columns { sum += parameters[m.offset + r * m.columns + i] * x[i] }
            return sum
        }
    }

    /// Each head of `x` normed on its own, where the model does so.
    private func headsNormed(_ name: String, _ x: [Double]) -> [Double] {
        guard configuration.hasQueryKeyNorm else { return x }
        return stride(from: 0, to: x.count, by: configuration.headWidth).flatMap {
            norm(name, Array(x[$0..<$0 + configuration.headWidth]))
        }
    }

    /// What a SwiGLU, or some experts of several, make of `x`.
    private func feedForward(_ prefix: String, _ x: [Double]) -> [Double] {
        func swiglu(_ prefix: String) -> [Double] {
            let gate = product(prefix + "gate_proj.weight", x)
            let up = product(prefix + "up_proj.weight", x)
            return product(
                prefix + "down_proj.weight", zip(gate, up).map { $0 / (1 + exp(-$0)) * $1 })
        }
        guard let experts = configuration.experts else { return swiglu(prefix) }
        let logits = product(prefix + "gate.weight", x)
        let top = logits.max() ?? 0
        let total = logits.reduce(0) { $0 + exp($1 - top) }
        let p = logits.map { exp($0 - top) / total }
        let chosen = p.indices.sorted { p[$0] > p[$1] }.prefix(experts.perToken)
        let sum = experts.normalizesWeights ? chosen.reduce(0) { $0 + p[$1] } : 1
        var out = x.map { _ in 0.0 }
        for expert in chosen {
            for (i, value) in swiglu(prefix + "experts.\(expert).").enumerated() {
                out[i] += p[expert] / sum * value
            }
        }
        return out
    }

    private func norm(_ name: String, _ x: [Double]) -> [Double] {
        let m = matrix(name)
        let square = x.reduce(0) { $0 + $1 * $1 } / Double(x.count)
        let scale = 1 / (square + Double(configuration.normEpsilon)).squareRoot()
        return x.indices.map { x[$0] * scale * parameters[m.offset + $0] }
    }

    /// Radians a position of pair `i`; Llama 3.1's stretching by its published rule.
    private func turn(_ i: Int) -> Double {
        let c = configuration
        let plain = pow(Double(c.rope.base), -Double(2 * i) / Double(c.headWidth))
        guard case .llama3(let factor, let low, let high, let length)? = c.rope.scaling else {
            return plain
        }
        let wavelength = 2 * Double.pi / plain
        if wavelength < length / high { return plain }
        if wavelength > length / low { return plain / factor }
        let smooth = (length / wavelength - low) / (high - low)
        return (1 - smooth) * plain / factor + smooth * plain
    }

    private func rotated(_ x: [Double], _ position: Int) -> [Double] {
        let width = configuration.headWidth
        let half = width / 2
        var out = x
        for head in 0..<x.count / width {
            for i in 0..<half {
                let angle = Double(position) * turn(i)
                let (a, b) = (x[head * width + i], x[head * width + half + i])
                out[head * width + i] = a * cos(angle) - b * sin(angle)
                out[head * width + half + i] = b * cos(angle) + a * sin(angle)
            }
        }
        return out
    }

    /// What the last norm gives for each token.
    private func normed(_ tokens: some Sequence<Int32>) -> [[Double]] {
        let c = configuration
        let embedding = matrix("model.embed_tokens.weight").offset
        var x = tokens.map { token in
            (0..<c.width).map { parameters[embedding + Int(token) * c.width + $0] }
        }
        for layer in 0..<c.layers { x = block(layer, x) }
        return x.map { norm("model.norm.weight", $0) }
    }

    /// What a scalar head says of each token.
    func values(_ sequence: [Int32]) -> [Double] {
        normed(sequence).map { product("score.weight", $0)[0] }
    }

    /// log π and entropy of each predicted position of one sequence.
    func statistics(_ sequence: [Int32]) -> (logProbabilities: [Double], entropies: [Double]) {
        let output =
            configuration.tiesEmbedding ? "model.embed_tokens.weight" : "lm_head.weight"
        var logProbabilities: [Double] = []
        var entropies: [Double] = []
        for (i, row) in normed(sequence.dropLast()).enumerated() {
            let logits = product(output, row).map { $0 / temperature }
            let top = logits.max() ?? 0
            let logSum = top + log(logits.reduce(0) { $0 + exp($1 - top) })
            logProbabilities.append(logits[Int(sequence[i + 1])] - logSum)
            entropies.append(-logits.reduce(0) { $0 + exp($1 - logSum) * ($1 - logSum) })
        }
        return (logProbabilities, entropies)
    }

    private func block(_ layer: Int, _ x: [[Double]]) -> [[Double]] {
        let c = configuration
        let name = "model.layers.\(layer)."
        let (width, group) = (c.headWidth, c.heads / c.keyValueHeads)
        let normed = x.map { norm(name + "input_layernorm.weight", $0) }
        let q = normed.enumerated().map {
            rotated(
                headsNormed(
                    name + "self_attn.q_norm.weight",
                    product(name + "self_attn.q_proj.weight", $1)), $0)
        }
        let k = normed.enumerated().map {
            rotated(
                headsNormed(
                    name + "self_attn.k_norm.weight",
                    product(name + "self_attn.k_proj.weight", $1)), $0)
        }
        let v = normed.map { product(name + "self_attn.v_proj.weight", $0) }
        return x.indices.map { i in
            let seen = c.attention == .causal ? i : x.count - 1
            var attended = [Double](repeating: 0, count: c.heads * width)
            for head in 0..<c.heads {
                let (at, from) = (head * width, head / group * width)
                let weights = (0...seen).map { j in
                    exp(
                        (0..<width).reduce(0) { $0 + q[i][at + $1] * k[j][from + $1] }
                            / Double(width).squareRoot())
                }
                let sum = weights.reduce(0, +)
                for d in 0..<width {
                    attended[at + d] = (0...seen).reduce(0) {
                        $0 + weights[$1] / sum * v[$1][from + d]
                    }
                }
            }
            let output = product(name + "self_attn.o_proj.weight", attended)
            let middle = zip(x[i], output).map { $0 + $1 }
            let fed = norm(name + "post_attention_layernorm.weight", middle)
            return zip(middle, feedForward(name + "mlp.", fed)).map { $0 + $1 }
        }
    }
}
