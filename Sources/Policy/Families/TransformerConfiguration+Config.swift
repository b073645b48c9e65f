public import Foundation
import Rollouts

extension TransformerConfiguration {
    /// The shape in a `config.json` as `transformers` writes it.
    ///
    /// - Throws: `PolicyError.invalidConfiguration` naming the field that is missing, wrong or asks for
    ///   something that is not served.
    public init(configJSON data: Data) throws(PolicyError) {
        let config = try ConfigReader(data)
        let type = try config.text("model_type")
        guard let family = ModelFamily(rawValue: type) else {
            let known = ModelFamily.allCases.map(\.rawValue).joined(separator: ", ")
            throw config.failure("model_type", "is \(type), served are \(known)")
        }
        let activation = try config.text("hidden_act", default: "silu")
        guard activation == "silu" else {
            throw config.failure("hidden_act", "is \(activation), only silu is served")
        }
        let heads = try config.integer("num_attention_heads")
        let width = try config.integer("hidden_size")
        self.init(
            family: family, vocabularySize: try config.integer("vocab_size"), width: width,
            layers: try config.integer("num_hidden_layers"), heads: heads,
            keyValueHeads: try config.integer("num_key_value_heads", default: heads),
            headWidth: try config.integer("head_dim", default: width / max(1, heads)),
            feedForwardWidth: try config.integer("intermediate_size"),
            maximumLength: try config.integer("max_position_embeddings"),
            normEpsilon: Float(try config.number("rms_norm_eps", default: 1e-6)))
        rope = try RotaryPositions(config)
        tiesEmbedding = try config.boolean("tie_word_embeddings", default: false)
        try family.traits.read(config, into: &self)
        try readHead(config)
        do {
            try validate()
        } catch .invalidConfiguration(let field, let reason) {
            throw config.failure(Self.names[field] ?? field, reason)
        }
    }

    /// What `config.json` calls our fields.
    private static let names = [
        "vocabularySize": "vocab_size", "width": "hidden_size", "layers": "num_hidden_layers",
        "heads": "num_attention_heads", "keyValueHeads": "num_key_value_heads",
        "headWidth": "head_dim", "feedForwardWidth": "intermediate_size",
        "maximumLength": "max_position_embeddings", "normEpsilon": "rms_norm_eps",
        "rope.base": "rope_theta", "rope.scaling": "rope_scaling",
        "experts.count": "num_experts", "experts.perToken": "num_experts_per_tok",
        "experts.width": "moe_intermediate_size",
    ]

    /// What comes out: `architectures` says a sequence classifier of one label for a scalar head.
    private mutating func readHead(_ config: ConfigReader) throws(PolicyError) {
        let architecture = try config.texts("architectures").first ?? ""
        if architecture.hasSuffix("ForSequenceClassification") {
            let labels = config["num_labels"]?.int ?? (config["id2label"].map(Self.count) ?? 2)
            guard labels == 1 else {
                throw config.failure("num_labels", "is \(labels), a scalar head has one")
            }
            head = .scalar
        } else if !architecture.isEmpty, !architecture.hasSuffix("ForCausalLM") {
            throw config.failure("architectures", "has \(architecture), which is not served")
        }
        if config["assay_attention"] != nil {
            let text = try config.text("assay_attention")
            guard let attention = Attention(rawValue: text) else {
                throw config.failure("assay_attention", "is \(text)")
            }
            self.attention = attention
        }
    }

    private static func count(_ labels: JSONValue) -> Int {
        if case .object(let members) = labels { return members.count }
        return 0
    }

    /// A `config.json` that `transformers` opens, for tensors of this type.
    ///
    /// - Parameter endOfText: the token that ends a text, where it is known.
    public func configJSON(dtype: String = "float32", endOfText: Int32? = nil) -> Data {
        let suffix = head == .language ? "ForCausalLM" : "ForSequenceClassification"
        var config: [String: JSONValue] = [
            "architectures": .array([.string(family.traits.className + suffix)]),
            "model_type": .string(family.rawValue),
            "hidden_act": .string("silu"),
            "vocab_size": .integer(Int64(vocabularySize)),
            "hidden_size": .integer(Int64(width)),
            "num_hidden_layers": .integer(Int64(layers)),
            "num_attention_heads": .integer(Int64(heads)),
            "num_key_value_heads": .integer(Int64(keyValueHeads)),
            "head_dim": .integer(Int64(headWidth)),
            "intermediate_size": .integer(Int64(feedForwardWidth)),
            "max_position_embeddings": .integer(Int64(maximumLength)),
            "rms_norm_eps": .number(Self.shortest(normEpsilon)),
            "tie_word_embeddings": .bool(tiesEmbedding),
            "dtype": .string(dtype),
            "use_cache": .bool(true),
            "bos_token_id": .null, "pad_token_id": .null,
            "eos_token_id": endOfText.map { .integer(Int64($0)) } ?? .null,
        ]
        rope.write(into: &config)
        if head == .scalar {
            config["num_labels"] = .integer(1)
            config["id2label"] = .object(["0": .string("LABEL_0")])
            config["label2id"] = .object(["LABEL_0": .integer(0)])
        }
        if attention != .causal { config["assay_attention"] = .string(attention.rawValue) }
        family.traits.write(self, into: &config)
        return Data(JSONValue.object(config).serialized().utf8)
    }

    /// The double that is written like the float: 1e-5 and not 9.999999747378752e-06.
    static func shortest(_ value: Float) -> Double { Double(value.description) ?? Double(value) }
}

extension RotaryPositions {
    /// The angles in a `config.json`: `rope_parameters` of newer files, `rope_theta` and `rope_scaling` of
    /// older ones.
    init(_ config: ConfigReader) throws(PolicyError) {
        let parameters = try config.object("rope_parameters")
        let stretched = try config.object("rope_scaling")
        let outer = try config.number("rope_theta", default: 10_000)
        // Where both are there, `transformers` takes the older one.
        let scaling = stretched ?? parameters
        self.init(base: Float(try scaling?.number("rope_theta", default: outer) ?? outer))
        guard let scaling else { return }
        let older = try scaling.text("type", default: "default")
        let type = try scaling.text("rope_type", default: older)
        switch type {
        case "default": break
        case "linear": self.scaling = .linear(factor: try scaling.number("factor"))
        case "llama3":
            self.scaling = .llama3(
                factor: try scaling.number("factor"),
                lowFrequency: try scaling.number("low_freq_factor"),
                highFrequency: try scaling.number("high_freq_factor"),
                originalLength: try scaling.number("original_max_position_embeddings"))
        default:
            throw config.failure(
                "rope_scaling", "is of type \(type), served are default, linear and llama3")
        }
    }

    /// Both ways of writing it, so that older and newer readers find theirs.
    func write(into config: inout [String: JSONValue]) {
        let theta = JSONValue.number(TransformerConfiguration.shortest(base))
        var parameters: [String: JSONValue] = ["rope_type": .string("default")]
        switch scaling {
        case nil: break
        case .linear(let factor):
            parameters = ["rope_type": .string("linear"), "factor": .number(factor)]
        case .llama3(let factor, let low, let high, let length):
            parameters = [
                "rope_type": .string("llama3"), "factor": .number(factor),
                "low_freq_factor": .number(low), "high_freq_factor": .number(high),
                "original_max_position_embeddings": Int64(exactly: length).map { .integer($0) }
                    ?? .number(length),
            ]
        }
        config["rope_theta"] = theta
        config["rope_scaling"] = scaling == nil ? .null : .object(parameters)
        parameters["rope_theta"] = theta
        config["rope_parameters"] = .object(parameters)
    }
}
