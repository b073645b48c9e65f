import Rollouts

/// Qwen3 with experts in every block (arXiv 2505.09388).
enum Qwen3Experts: FamilyTraits {
    static let className = "Qwen3Moe"

    static func read(
        _ config: ConfigReader, into c: inout TransformerConfiguration
    ) throws(PolicyError) {
        try Qwen3.read(config, into: &c)
        try config.refuse("decoder_sparse_step", unless: 1)
        try config.refuse("mlp_only_layers")
        c.experts = ExpertConfiguration(
            count: try config["num_local_experts"] != nil
                ? config.integer("num_local_experts") : config.integer("num_experts"),
            perToken: try config.integer("num_experts_per_tok"),
            width: try config.integer("moe_intermediate_size"),
            normalizesWeights: try config.boolean("norm_topk_prob", default: false))
    }

    static func write(_ c: TransformerConfiguration, into config: inout [String: JSONValue]) {
        Qwen3.write(c, into: &config)
        guard let experts = c.experts else { return }
        config["decoder_sparse_step"] = .integer(1)
        config["mlp_only_layers"] = .array([])
        // Older readers know the one name, newer ones write the other.
        config["num_experts"] = .integer(Int64(experts.count))
        config["num_local_experts"] = .integer(Int64(experts.count))
        config["num_experts_per_tok"] = .integer(Int64(experts.perToken))
        config["moe_intermediate_size"] = .integer(Int64(experts.width))
        config["norm_topk_prob"] = .bool(experts.normalizesWeights)
    }
}
