public import Policy
public import Settings

/// The transformer that is trained.
public struct PolicyRecipe: Configurable, Equatable, Sendable {
    /// A folder as `transformers` writes it, whose model is trained in place of a new one; then the keys
    /// of the shape do not count.
    public var model: String?
    /// How prompts become the model's text, with `model`.
    public var chat = ChatKind.plain
    /// A low-rank adapter that is trained in place of the weights.
    public var lora: LowRankRecipe?
    /// Residual width D.
    public var width = 64
    /// Transformer blocks.
    public var layers = 2
    /// Query heads.
    public var heads = 4
    /// Key and value heads; fewer than `heads` is grouped-query attention.
    public var keyValueHeads = 4
    /// Inner width of the SwiGLU.
    public var feedForward = 192
    /// Experts in place of the one SwiGLU of a block; 0 for a dense policy.
    public var experts = 0
    /// Experts that a token goes to.
    public var expertsPerToken = 2
    /// Context in tokens: prompt and completion together.
    public var maximumLength = 160
    /// Parts that a batch is cut into, whatever the number of threads, on which no result depends; 0 to
    /// choose by the batch's size.
    public var shards = 0
    /// What matrix products multiply, in sampling and training alike.
    public var precision = Precision.float32
    /// Whether backward computes activations again instead of keeping them.
    public var recompute = false

    /// The defaults.
    public init() {}

    var fixedShards: Int? { shards == 0 ? nil : shards }

    /// Names every field.
    public mutating func bind(_ settings: Binder) throws(SettingsError) {
        try settings.bind("model", &model)
        try settings.bind("chat", &chat)
        try settings.section("lora", &lora)
        try settings.bind("width", &width, in: 8...65_536)
        try settings.bind("layers", &layers, in: 1...1024)
        try settings.bind("heads", &heads, in: 1...1024)
        try settings.bind("key_value_heads", &keyValueHeads, in: 1...1024)
        try settings.bind("feed_forward", &feedForward, in: 8...262_144)
        try settings.bind("experts", &experts, in: 0...1024)
        try settings.bind("experts_per_token", &expertsPerToken, in: 1...1024)
        try settings.bind("maximum_length", &maximumLength, in: 8...1_048_576)
        try settings.bind("shards", &shards, in: 0...256)
        try settings.bind("precision", &precision)
        try settings.bind("recompute", &recompute)
        if model == nil, chat != .plain {
            throw settings.refuse(
                "chat", "a new model knows no chat format", remedy: "Remove it, or name a model.")
        }
        if experts > 0, expertsPerToken > experts {
            throw settings.refuse(
                "experts_per_token",
                "a token cannot go to \(expertsPerToken) of \(experts) experts",
                remedy: "Choose at most as many as there are.")
        }
        if width % heads != 0 || (width / heads) % 2 != 0 {
            throw settings.refuse(
                "heads", "\(heads) heads do not cut width \(width) into even parts",
                remedy: "Choose heads so that width / heads is an even whole number.")
        }
        if heads % keyValueHeads != 0 {
            throw settings.refuse(
                "key_value_heads", "\(keyValueHeads) does not divide \(heads) heads",
                remedy: "Choose a divisor of heads.")
        }
    }
}

/// How prompts become the model's text.
public enum ChatKind: String, SettingChoice, Sendable {
    /// As they are.
    case plain
    /// As a user's turn in the model's own template.
    case template
}

/// A low-rank adapter (LoRA, arXiv 2106.09685).
public struct LowRankRecipe: Configurable, Equatable, Sendable {
    /// Rows of A and columns of B.
    public var rank = 8
    /// The update is alpha / rank times B·A.
    public var alpha = 16.0
    /// The matrices that get one.
    public var targets = ["q_proj", "v_proj"]

    /// The defaults.
    public init() {}

    /// Names every field.
    public mutating func bind(_ settings: Binder) throws(SettingsError) {
        try settings.bind("rank", &rank, in: 1...1024)
        try settings.bind("alpha", &alpha, in: 0.000001...1e6)
        let known = LowRankSettings.known
        try settings.bind(
            "targets", &targets,
            where: { !$0.isEmpty && Set($0).count == $0.count && Set($0).isSubset(of: known) },
            expected: "some of " + known.joined(separator: ", "))
    }

    /// The adapter's shape.
    var settings: LowRankSettings {
        LowRankSettings(rank: rank, alpha: alpha, targets: targets)
    }
}
