import Rollouts

/// Qwen3: no biases; the heads of q and k are normed, and may be wider than the model's share.
enum Qwen3: FamilyTraits {
    static let className = "Qwen3"

    static func read(
        _ config: ConfigReader, into c: inout TransformerConfiguration
    ) throws(PolicyError) {
        try config.refuse("attention_bias", unless: false)
        try config.refuse("use_sliding_window", unless: false)
        c.hasQueryKeyNorm = true
    }

    static func write(_ c: TransformerConfiguration, into config: inout [String: JSONValue]) {
        config["attention_bias"] = .bool(false)
        config["use_sliding_window"] = .bool(false)
    }
}
