import Rollouts

/// Llama 2 and 3, SmolLM: no biases, maybe stretched positions.
enum Llama: FamilyTraits {
    static let className = "Llama"

    static func read(
        _ config: ConfigReader, into c: inout TransformerConfiguration
    ) throws(PolicyError) {
        try config.refuse("attention_bias", unless: false)
        try config.refuse("mlp_bias", unless: false)
    }

    static func write(_ c: TransformerConfiguration, into config: inout [String: JSONValue]) {
        config["attention_bias"] = .bool(false)
        config["mlp_bias"] = .bool(false)
    }
}
