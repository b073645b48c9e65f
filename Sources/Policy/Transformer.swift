import Foundation
import Rollouts
import Tensors

/// A decoder-only transformer: its configuration and one flat buffer of parameters.
///
/// Not to be changed while a learner or a sampler works with it.
public final class Transformer {
    /// Its shape.
    public let configuration: TransformerConfiguration
    /// Where each parameter lies in the flat buffer, in order.
    public var parameters: [ParameterView] { layout.views }
    /// Number of parameters.
    public let parameterCount: Int

    let layout: ParameterLayout
    let weights: FloatBuffer
    /// cos and sin of the rotary angles, shape `[maximumLength, headWidth / 2]`.
    let cosine: FloatBuffer, sine: FloatBuffer

    /// A new model: matrices from N(0, 0.02²), norms 1.
    ///
    /// Matrices that write to the residual stream are divided by √(2·layers). The same seed gives the same weights on every platform.
    ///
    /// - Throws: `PolicyError.invalidConfiguration`.
    public init(_ configuration: TransformerConfiguration, seed: UInt64) throws(PolicyError) {
        try configuration.validate()
        self.configuration = configuration
        layout = ParameterLayout(configuration)
        parameterCount = layout.count
        weights = FloatBuffer(count: layout.count)
        let half = configuration.headWidth / 2
        cosine = FloatBuffer(count: configuration.maximumLength * half)
        sine = FloatBuffer(count: configuration.maximumLength * half)
        for position in 0..<configuration.maximumLength {
            for i in 0..<half {
                let exponent = Double(2 * i) / Double(configuration.headWidth)
                let angle = Double(position) / pow(Double(configuration.ropeBase), exponent)
                cosine.pointer[position * half + i] = Float(cos(angle))
                sine.pointer[position * half + i] = Float(sin(angle))
            }
        }
        initialize(seed: seed)
    }

    private func initialize(seed: UInt64) {
        let residualScale = 1 / Double(2 * configuration.layers).squareRoot()
        for (index, view) in layout.views.enumerated() {
            let part = weights.pointer + view.offset
            guard view.decays else {
                part.update(repeating: 1, count: view.count)
                continue
            }
            let writesResidual =
                view.name.hasSuffix("o_proj.weight") || view.name.hasSuffix("down_proj.weight")
            let deviation = 0.02 * (writesResidual ? residualScale : 1)
            var random = SplitMix64(seed: seed, UInt64(index))
            for i in 0..<view.count { part[i] = Float(random.normal() * deviation) }
        }
    }

    /// The flat parameters, for reading.
    public func withParameters<R>(_ body: (UnsafeBufferPointer<Float>) throws -> R) rethrows -> R {
        try body(UnsafeBufferPointer(start: weights.pointer, count: parameterCount))
    }

    /// A copy of the flat parameters.
    public func copyParameters() -> [Float] { weights.values }

    /// Replaces all parameters, as a reference policy or a resumed run needs.
    ///
    /// - Throws: `PolicyError.countMismatch`.
    public func loadParameters(_ values: [Float]) throws(PolicyError) {
        guard values.count == parameterCount else {
            throw .countMismatch(
                what: "parameters", expected: parameterCount, found: values.count)
        }
        values.withUnsafeBufferPointer { source in
            guard let base = source.baseAddress else { return }
            weights.pointer.update(from: base, count: parameterCount)
        }
    }

    var attentionShape: AttentionShape {
        AttentionShape(
            heads: configuration.heads, keyValueHeads: configuration.keyValueHeads,
            headWidth: configuration.headWidth)
    }
}
