import Foundation
import Policy

/// The same transformer in plain double precision, one position at a time: slow and easy to check.
struct DoubleTwin {
    let configuration: TransformerConfiguration
    let views: [String: ParameterView]
    var parameters: [Double]

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
        return (0..<m.rows).map { r in
            (0..<m.columns).reduce(0) { $0 + parameters[m.offset + r * m.columns + $1] * x[$1] }
        }
    }

    private func norm(_ name: String, _ x: [Double]) -> [Double] {
        let m = matrix(name)
        let square = x.reduce(0) { $0 + $1 * $1 } / Double(x.count)
        let scale = 1 / (square + Double(configuration.normEpsilon)).squareRoot()
        return x.indices.map { x[$0] * scale * parameters[m.offset + $0] }
    }

    private func rotated(_ x: [Double], _ position: Int) -> [Double] {
        let width = configuration.headWidth
        let half = width / 2
        var out = x
        for head in 0..<x.count / width {
            for i in 0..<half {
                let power = Double(2 * i) / Double(width)
                let angle = Double(position) / pow(Double(configuration.ropeBase), power)
                let (a, b) = (x[head * width + i], x[head * width + half + i])
                out[head * width + i] = a * cos(angle) - b * sin(angle)
                out[head * width + half + i] = b * cos(angle) + a * sin(angle)
            }
        }
        return out
    }

    /// log π and entropy of each predicted position of one sequence.
    func statistics(_ sequence: [Int32]) -> (logProbabilities: [Double], entropies: [Double]) {
        let c = configuration
        let inputs = sequence.dropLast()
        let embedding = matrix("model.embed_tokens.weight").offset
        var x = inputs.map { token in
            (0..<c.width).map { parameters[embedding + Int(token) * c.width + $0] }
        }
        for layer in 0..<c.layers { x = block(layer, x) }
        var logProbabilities: [Double] = []
        var entropies: [Double] = []
        for (i, row) in x.enumerated() {
            let logits = product("model.embed_tokens.weight", norm("model.norm.weight", row))
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
            rotated(product(name + "self_attn.q_proj.weight", $1), $0)
        }
        let k = normed.enumerated().map {
            rotated(product(name + "self_attn.k_proj.weight", $1), $0)
        }
        let v = normed.map { product(name + "self_attn.v_proj.weight", $0) }
        return x.indices.map { i in
            var attended = [Double](repeating: 0, count: c.width)
            for head in 0..<c.heads {
                let (at, from) = (head * width, head / group * width)
                let weights = (0...i).map { j in
                    exp(
                        (0..<width).reduce(0) { $0 + q[i][at + $1] * k[j][from + $1] }
                            / Double(width).squareRoot())
                }
                let sum = weights.reduce(0, +)
                for d in 0..<width {
                    attended[at + d] = (0...i).reduce(0) {
                        $0 + weights[$1] / sum * v[$1][from + d]
                    }
                }
            }
            let output = product(name + "self_attn.o_proj.weight", attended)
            let middle = zip(x[i], output).map { $0 + $1 }
            let fed = norm(name + "post_attention_layernorm.weight", middle)
            let gate = product(name + "mlp.gate_proj.weight", fed)
            let up = product(name + "mlp.up_proj.weight", fed)
            let hidden = zip(gate, up).map { $0 / (1 + exp(-$0)) * $1 }
            return zip(middle, product(name + "mlp.down_proj.weight", hidden)).map { $0 + $1 }
        }
    }
}
