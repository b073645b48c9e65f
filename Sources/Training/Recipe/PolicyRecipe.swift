public import Policy
public import Settings

/// The transformer that is trained.
public struct PolicyRecipe: Configurable, Equatable, Sendable {
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
    /// Context in tokens: prompt and completion together.
    public var maximumLength = 160
    /// Parts that a batch is cut into, each with its own gradient sum; fixed, so that results do
    /// not depend on the number of threads.
    public var shards = 2
    /// What matrix products multiply, in sampling and training alike.
    public var precision = Precision.float32
    /// Whether backward computes activations again instead of keeping them.
    public var recompute = false

    /// The defaults.
    public init() {}

    /// Names every field.
    public mutating func bind(_ settings: Binder) throws(SettingsError) {
        try settings.bind("width", &width, in: 8...65_536)
        try settings.bind("layers", &layers, in: 1...1024)
        try settings.bind("heads", &heads, in: 1...1024)
        try settings.bind("key_value_heads", &keyValueHeads, in: 1...1024)
        try settings.bind("feed_forward", &feedForward, in: 8...262_144)
        try settings.bind("maximum_length", &maximumLength, in: 8...1_048_576)
        try settings.bind("shards", &shards, in: 1...256)
        try settings.bind("precision", &precision)
        try settings.bind("recompute", &recompute)
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
