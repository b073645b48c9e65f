import Rollouts

/// Qwen2 and Qwen2.5: q, k and v have biases.
enum Qwen2: FamilyTraits {
    static let className = "Qwen2"

    static func read(
        _ config: ConfigReader, into c: inout TransformerConfiguration
    ) throws(PolicyError) {
        try config.refuse("use_sliding_window", unless: false)
        c.hasQueryKeyValueBias = true
    }

    static func write(_ c: TransformerConfiguration, into config: inout [String: JSONValue]) {
        config["use_sliding_window"] = .bool(false)
    }
}
