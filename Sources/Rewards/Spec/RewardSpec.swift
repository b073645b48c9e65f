/// A reward as an author writes it: named parts, how they combine, which one is the raw outcome,
/// and examples that test it.
public struct RewardSpec: Sendable {
    /// One named part.
    public struct Component: Sendable {
        /// Unique within the spec.
        public var name: String
        /// Factor in the total; 0 only logs.
        public var weight: Double
        /// Pays only where this other component is at least one half.
        public var onlyIf: String?
        /// Pays only where this other component is below one half.
        public var unless: String?
        /// What is done to the value before it is gated and weighed.
        public var transform: Transform
        /// What computes the value.
        public var function: any RewardFunction

        /// A component from its parts.
        public init(
            name: String, weight: Double = 1, onlyIf: String? = nil, unless: String? = nil,
            transform: Transform = Transform(), function: any RewardFunction
        ) {
            self.name = name
            self.weight = weight
            self.onlyIf = onlyIf
            self.unless = unless
            self.transform = transform
            self.function = function
        }
    }

    /// How parts become a total.
    public enum Combination: String, Sendable, CaseIterable {
        /// Σ weight · value.
        case weightedSum = "weighted_sum"
        /// Π value over the parts whose weight is not 0.
        case product
        /// The least value of the parts whose weight is not 0.
        case min
        /// The greatest value of the parts whose weight is not 0.
        case max
        /// What `total` says; weights do not count.
        case formula
    }

    /// Whether parts are brought to one scale within a group before they are summed.
    public enum Normalization: String, Sendable, CaseIterable {
        /// Values count as they are.
        case none
        /// (value − group mean) / (sample standard deviation + 1e-4) a part, as GDPO
        /// (arXiv:2601.05242): the total then compares completions of one group only.
        case gdpo
    }

    /// What a part without a value does to the total.
    public enum UnscoredPolicy: String, Sendable, CaseIterable {
        /// The total has no value either.
        case mask
        /// The part is left out of the sum; the outcome can never be left out.
        case skip
    }

    /// Which members of a row hold what; nil where the usual names are tried.
    public struct Fields: Sendable, Equatable {
        /// Dotted path of the prompt.
        public var prompt: String?
        /// Dotted path of the completion or completions.
        public var completion: String?
        /// Dotted path of the gold answer.
        public var gold: String?
        /// Dotted path of the row's id.
        public var id: String?
        /// Dotted path of the token count.
        public var tokens: String?

        /// Names from their parts.
        public init(
            prompt: String? = nil, completion: String? = nil, gold: String? = nil,
            id: String? = nil, tokens: String? = nil
        ) {
            self.prompt = prompt
            self.completion = completion
            self.gold = gold
            self.id = id
            self.tokens = tokens
        }
    }

    /// Words that mean something else where examples and records name components.
    static let reservedNames: Set<String> = ["reward", "outcome", "status", "extracted"]

    /// The file it was read from, or a word in its place.
    public var file: String
    /// Name, as records carry it.
    public var name: String
    /// Version, as records carry it.
    public var version: String
    /// What it is for, in a sentence.
    public var summary: String
    /// Where rows keep what.
    public var fields: Fields
    /// The parts in order.
    public var components: [Component]
    /// How they combine.
    public var combination: Combination
    /// The total, where `combination` is `formula`.
    public var total: RewardFormula?
    /// Bounds of the total, or nil.
    public var clip: ClosedRange<Double>?
    /// Whether parts are normalised within a group first.
    public var normalization: Normalization
    /// Static checks and attacks that the author has answered for, by name.
    public var allowed: [String]
    /// The component that is the raw outcome.
    public var outcome: String
    /// What a part without a value does.
    public var onUnscored: UnscoredPolicy
    /// Its own tests.
    public var examples: [RewardExample]
    /// SHA-256 of the canonical configuration: everything that can change a score, defaults
    /// spelled out; not description, comments, key order or examples.
    public var configHash: String

    /// `name@version`.
    public var verifier: String { "\(name)@\(version)" }

    /// The reward functions that a spec may name.
    public static let builtIn: [any RewardFunction.Type] = [
        MathReward.self, FormatReward.self, OverlongReward.self, LengthReward.self,
        ExactReward.self, RepetitionReward.self,
        AnyOfReward.self, ChoiceReward.self, NumericReward.self, CaptureReward.self,
        ThinkFormatReward.self, TagCountReward.self, JSONReward.self, StepsReward.self,
        LanguageReward.self, LengthTargetReward.self, CosineReward.self, KimiLengthReward.self,
        TruncationReward.self, CountdownReward.self, TaskReward.self, ProcessReward.self,
        CommandReward.self,
        HTTPReward.self, JudgeReward.self,
        FormulaReward.self, MaxReward.self, MinReward.self, ProductReward.self,
    ]

    /// Whether the value of a completion may depend on the others of its group.
    public var comparesGroups: Bool {
        normalization == .gdpo || components.contains { $0.function.traits.comparesGroup }
    }

    /// Whether a score may depend on members of the row beside prompt, completion, gold and lengths.
    public var readsFields: Bool {
        components.contains {
            $0.function.traits.readsFields || $0.function.traits.basis == .external
        }
    }

    /// A spec from its parts, for rewards composed in code.
    public init(
        name: String, version: String = "0", components: [Component], outcome: String,
        combination: Combination = .weightedSum, total: RewardFormula? = nil,
        clip: ClosedRange<Double>? = nil, normalization: Normalization = .none,
        onUnscored: UnscoredPolicy = .mask, fields: Fields = Fields(), configHash: String = ""
    ) {
        file = "(in code)"
        self.name = name
        self.version = version
        summary = ""
        self.fields = fields
        self.components = components
        self.combination = combination
        self.total = total
        self.clip = clip
        self.normalization = normalization
        allowed = []
        self.outcome = outcome
        self.onUnscored = onUnscored
        examples = []
        self.configHash = configHash
    }
}
