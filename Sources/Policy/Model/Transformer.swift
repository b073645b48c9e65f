import Foundation
import Rollouts
import Tensors

/// What the factors of matrix products are; everything else is 32-bit floats.
public enum Precision: String, Sendable, Codable, CaseIterable {
    /// 32-bit floats.
    case float32 = "f32"
    /// bfloat16 with sums and master weights in 32-bit floats.
    case bfloat16 = "bf16"
}

/// A transformer: its configuration and one flat buffer of parameters.
///
/// Not to be changed while a learner or a sampler works with it.
public final class Transformer {
    /// Its shape.
    public let configuration: TransformerConfiguration
    /// What its matrix products multiply, in training and in sampling alike.
    public let precision: Precision
    /// Where each parameter lies in the flat buffer, in order.
    public var parameters: [ParameterView] { layout.views }
    /// Number of parameters.
    public let parameterCount: Int
    /// Low-rank updates that are trained in place of the weights, which hold them merged; nil where the
    /// weights themselves are trained.
    public internal(set) var adapter: LowRankAdapter?

    let layout: ParameterLayout
    let weights: FloatBuffer
    /// The weights as bfloat16, where products want them so.
    let halves: HalfBuffer?
    /// cos and sin of the rotary angles, shape `[positions, headWidth / 2]`.
    let cosine = FloatBuffer(), sine = FloatBuffer()
    private var positions = 0

    /// A new model: matrices from N(0, 0.02²), norms 1, biases 0.
    ///
    /// Matrices that write to the residual stream are divided by √(2·layers). The same seed gives the
    /// same weights on every platform.
    ///
    /// - Throws: `PolicyError.invalidConfiguration`.
    public convenience init(
        _ configuration: TransformerConfiguration, seed: UInt64, precision: Precision = .float32
    ) throws(PolicyError) {
        try self.init(zeros: configuration, precision: precision)
        initialize(seed: seed)
        refreshHalves()
    }

    /// A model whose parameters are all 0, for those who fill them.
    init(zeros configuration: TransformerConfiguration, precision: Precision) throws(PolicyError) {
        try configuration.validate()
        let bytes = UInt64(configuration.parameterCount) * (precision == .bfloat16 ? 6 : 4)
        guard bytes <= ProcessInfo.processInfo.physicalMemory else {
            throw .invalidConfiguration(
                field: "layers",
                reason: "gives a model of \(bytes >> 20) MB, more than this machine's memory")
        }
        self.configuration = configuration
        self.precision = precision
        layout = ParameterLayout(configuration)
        parameterCount = layout.count
        weights = FloatBuffer(count: layout.count)
        halves = precision == .bfloat16 ? HalfBuffer(count: layout.count) : nil
    }

    /// Makes sure that the angles of this many positions are there; long contexts fill them as they come.
    func prepareAngles(_ wanted: Int) {
        guard wanted > positions else { return }
        positions = min(configuration.maximumLength, max(wanted, 2 * positions))
        let half = configuration.headWidth / 2
        cosine.reserve(positions * half)
        sine.reserve(positions * half)
        let frequencies = configuration.rope.frequencies(headWidth: configuration.headWidth)
        for position in 0..<positions {
            for (i, frequency) in frequencies.enumerated() {
                let angle = Double(position) * frequency
                cosine.pointer[position * half + i] = Float(cos(angle))
                sine.pointer[position * half + i] = Float(sin(angle))
            }
        }
    }

    private func initialize(seed: UInt64) {
        let residualScale = 1 / Double(2 * configuration.layers).squareRoot()
        for (index, view) in layout.views.enumerated() {
            let part = weights.pointer + view.offset
            guard view.isMatrix else {
                let value: Float = view.name.hasSuffix(".bias") ? 0 : 1
                part.update(repeating: value, count: view.count)
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
        try refuseAdapter()
        guard values.count == parameterCount else {
            throw .countMismatch(
                what: "parameters", expected: parameterCount, found: values.count)
        }
        values.withUnsafeBufferPointer { source in
            guard let base = source.baseAddress else { return }
            weights.pointer.update(from: base, count: parameterCount)
        }
        refreshHalves()
    }

    /// Weights under an adapter are base and update together; they are not replaced as a whole.
    func refuseAdapter() throws(PolicyError) {
        guard adapter == nil else {
            throw .invalidSetting(
                field: "adapter", reason: "is there: load the weights first, then add it")
        }
    }

    /// Numbers that one task of `refreshHalves` rounds.
    private static let roundedAtOnce = 1 << 18

    /// Rounds the weights anew after they have changed, on the threads of `pool` where there is one.
    func refreshHalves(_ pool: WorkerPool? = nil) {
        guard let halves else { return }
        let tasks = (parameterCount + Self.roundedAtOnce - 1) / Self.roundedAtOnce
        let round = { (task: Int) in
            let first = task * Self.roundedAtOnce
            let count = min(Self.roundedAtOnce, self.parameterCount - first)
            Kernels.best.halve(
                count, self.weights.pointer + first, into: halves.pointer + first)
        }
        if let pool { pool.run(tasks, round) } else { (0..<tasks).forEach(round) }
    }

    var attentionShape: AttentionShape {
        AttentionShape(
            heads: configuration.heads, keyValueHeads: configuration.keyValueHeads,
            headWidth: configuration.headWidth, isCausal: configuration.attention == .causal)
    }
}
