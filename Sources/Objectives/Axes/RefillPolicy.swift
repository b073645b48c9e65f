/// How often a trainer samples again in place of groups that the gate rejected.
public struct RefillPolicy: Sendable, Equatable {
    /// What happens when the rounds are used up before the batch is full.
    public enum Exhaustion: String, Sendable, Equatable, CaseIterable {
        /// Train on what was kept, though it is less than was wanted.
        case fallBack = "fall_back"
        /// Stop with an error, as verl's recipe does.
        case raise
    }

    /// What another round draws.
    public enum Draw: String, Sendable, Equatable, CaseIterable {
        /// One problem for each that is missing, as OpenRLHF replaces them.
        case replace
        /// A whole batch, of which the surplus is left out, as verl's recipe.
        case batch
    }

    /// Rounds of sampling beyond the first; 0 never refills.
    public var maximumRounds: Int
    /// What happens after the last round.
    public var onExhaustion: Exhaustion
    /// What each of them draws.
    public var draws: Draw

    /// A policy from its parts.
    public init(
        maximumRounds: Int, onExhaustion: Exhaustion = .fallBack, draws: Draw = .replace
    ) {
        self.draws = draws
        self.maximumRounds = maximumRounds
        self.onExhaustion = onExhaustion
    }

    /// Rejected groups are not replaced.
    public static let never = RefillPolicy(maximumRounds: 0)
}

/// The accumulation of dynamic sampling: which groups of which round make the batch.
///
/// The trainer samples, offers the gate's decisions, and asks what to do next.
///
/// Source: DAPO, arXiv:2503.14476, in the form of verl's recipe: surplus groups are discarded.
public struct DynamicSampling: Sendable, Equatable {
    /// What the trainer does next.
    public enum Next: Sendable, Equatable {
        /// Sample another round: this many kept groups are missing.
        case sample(missing: Int)
        /// The batch is full; `surplus` kept groups beyond it were left out.
        case full(surplus: Int)
        /// No round is left: train on the kept groups.
        case fallBack(missing: Int)
    }

    /// One group of one round.
    public struct Place: Sendable, Equatable {
        /// 0 for the first round.
        public let round: Int
        /// Position within the round.
        public let index: Int
    }

    /// Groups of the batch, in the order in which they were kept; at most the wanted number.
    public private(set) var kept: [Place] = []
    /// Kept groups that the full batch had no room for.
    public private(set) var surplus: [Place] = []
    /// Groups that the gate rejected, in order.
    public private(set) var rejected: [(place: Place, decision: GateDecision)] = []
    /// Rounds offered so far.
    public private(set) var rounds = 0
    private let wanted: Int
    private let policy: RefillPolicy

    /// An empty batch that wants `wanted` groups.
    public init(wanted: Int, policy: RefillPolicy) {
        self.wanted = max(0, wanted)
        self.policy = policy
    }

    /// Takes the decisions on one round of groups.
    ///
    /// - Throws: `ObjectiveError.refillExhausted` after the last round, where the policy raises.
    public mutating func offer(_ decisions: [GateDecision]) throws(ObjectiveError) -> Next {
        for (index, decision) in decisions.enumerated() {
            let place = Place(round: rounds, index: index)
            if !decision.isKept {
                rejected.append((place, decision))
            } else if kept.count < wanted {
                kept.append(place)
            } else {
                surplus.append(place)
            }
        }
        rounds += 1
        let missing = wanted - kept.count
        if missing == 0 { return .full(surplus: surplus.count) }
        if rounds <= policy.maximumRounds { return .sample(missing: missing) }
        switch policy.onExhaustion {
        case .fallBack: return .fallBack(missing: missing)
        case .raise:
            throw .refillExhausted(kept: kept.count, wanted: wanted, rounds: rounds)
        }
    }

    /// Two accumulations are equal when they hold the same places.
    public static func == (a: DynamicSampling, b: DynamicSampling) -> Bool {
        a.kept == b.kept && a.surplus == b.surplus && a.rounds == b.rounds
            && a.wanted == b.wanted && a.policy == b.policy
            && a.rejected.elementsEqual(b.rejected) { $0 == $1 }
    }
}
