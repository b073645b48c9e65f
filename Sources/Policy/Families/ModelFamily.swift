import Rollouts

/// Whose models a file's layout follows.
///
/// A family is told by `model_type` in `config.json`. Each has a file of its own that says what is special
/// about it; all else is common.
public enum ModelFamily: String, Sendable, Equatable, CaseIterable {
    /// Llama 2 and 3, SmolLM and others of the same build; also our own character and byte models.
    case llama
    /// Qwen2 and Qwen2.5.
    case qwen2
    /// Qwen3, dense.
    case qwen3
    /// Qwen3 with experts.
    case qwen3Experts = "qwen3_moe"

    /// What the family's file says.
    var traits: any FamilyTraits.Type {
        switch self {
        case .llama: Llama.self
        case .qwen2: Qwen2.self
        case .qwen3: Qwen3.self
        case .qwen3Experts: Qwen3Experts.self
        }
    }
}

/// What a family has of its own.
protocol FamilyTraits {
    /// The class that `transformers` opens the model with, without `ForCausalLM`.
    static var className: String { get }
    /// Takes what is special from a model's `config.json`, refusing what is not served.
    static func read(
        _ config: ConfigReader, into c: inout TransformerConfiguration
    ) throws(PolicyError)
    /// Adds what is special to a model's `config.json`.
    static func write(_ c: TransformerConfiguration, into config: inout [String: JSONValue])
}
