import Rollouts

/// The loss on pairs, or none: what an objective's `preference` is as a recipe writes it.
struct PreferenceAxis: ObjectiveAxis {
    var loss: PreferenceLoss?

    static let names = [
        "preference", "preference_beta", "label_smoothing", "per_token", "preference_gamma",
    ]

    private static let words = ["none", "sigmoid", "robust", "squared", "hinge", "simpo"]

    private static func word(_ loss: PreferenceLoss?) -> String {
        switch loss {
        case nil: "none"
        case .sigmoid: "sigmoid"
        case .robust: "robust"
        case .squared: "squared"
        case .hinge: "hinge"
        case .simPO: "simpo"
        }
    }

    private static func usual(_ word: String) -> PreferenceLoss? {
        switch word {
        case "sigmoid": .sigmoid(beta: 0.1)
        case "robust": .robust(beta: 0.1, labelSmoothing: 0.1)
        case "squared": .squared(beta: 0.1, perToken: false)
        case "hinge": .hinge(beta: 0.1)
        case "simpo": .simPO(beta: 2, gamma: 1)
        default: nil
        }
    }

    func applying(_ reader: SettingReader) throws(ObjectiveError) -> PreferenceAxis {
        var loss = loss
        if let word = try reader.word("preference", Self.words), word != Self.word(loss) {
            loss = Self.usual(word)
        }
        let own: [String]
        switch loss {
        case nil: own = []
        case .sigmoid: own = ["preference_beta", "label_smoothing", "per_token"]
        case .robust: own = ["preference_beta", "label_smoothing"]
        case .squared: own = ["preference_beta", "per_token"]
        case .hinge: own = ["preference_beta"]
        case .simPO: own = ["preference_beta", "preference_gamma"]
        }
        let foreign = Self.names.dropFirst().filter { !own.contains($0) }
        try reader.refuse(Array(foreign), of: Self.word(loss))
        let beta = try reader.number("preference_beta")
        let smoothing = try reader.number("label_smoothing")
        let perToken = try reader.flag("per_token")
        let gamma = try reader.number("preference_gamma")
        switch loss {
        case nil: break
        case .sigmoid(let oldBeta, let oldSmoothing, let oldFlag):
            loss = .sigmoid(
                beta: beta ?? oldBeta, labelSmoothing: smoothing ?? oldSmoothing,
                perToken: perToken ?? oldFlag)
        case .robust(let oldBeta, let oldSmoothing):
            loss = .robust(beta: beta ?? oldBeta, labelSmoothing: smoothing ?? oldSmoothing)
        case .squared(let oldBeta, let oldFlag):
            loss = .squared(beta: beta ?? oldBeta, perToken: perToken ?? oldFlag)
        case .hinge(let oldBeta): loss = .hinge(beta: beta ?? oldBeta)
        case .simPO(let oldBeta, let oldGamma):
            loss = .simPO(beta: beta ?? oldBeta, gamma: gamma ?? oldGamma)
        }
        return PreferenceAxis(loss: loss)
    }

    var settings: [(String, JSONValue)] {
        let start: [(String, JSONValue)] = [("preference", .string(Self.word(loss)))]
        switch loss {
        case nil: return start
        case .sigmoid(let beta, let smoothing, let perToken):
            return start + [
                ("preference_beta", .setting(beta)), ("label_smoothing", .setting(smoothing)),
                ("per_token", .bool(perToken)),
            ]
        case .robust(let beta, let smoothing):
            return start + [
                ("preference_beta", .setting(beta)), ("label_smoothing", .setting(smoothing)),
            ]
        case .squared(let beta, let perToken):
            return start + [("preference_beta", .setting(beta)), ("per_token", .bool(perToken))]
        case .hinge(let beta): return start + [("preference_beta", .setting(beta))]
        case .simPO(let beta, let gamma):
            return start + [
                ("preference_beta", .setting(beta)), ("preference_gamma", .setting(gamma)),
            ]
        }
    }

    var formula: String {
        switch loss {
        case nil: return "none: the loss is one of advantages"
        case .sigmoid(let beta, let smoothing, let perToken):
            let plain = "−log σ(\(shown(beta))·h)"
            let mixed =
                smoothing == 0
                ? plain
                : "\(shown(1 - smoothing))·(\(plain)) + \(shown(smoothing))·(−log σ(−\(shown(beta))·h))"
            return mixed + Self.margin(perToken)
        case .robust(let beta, let smoothing):
            return "(\(shown(1 - smoothing))·(−log σ(\(shown(beta))·h)) + \(shown(smoothing))·log "
                + "σ(−\(shown(beta))·h)) / \(shown(1 - 2 * smoothing))" + Self.margin(false)
        case .squared(let beta, let perToken):
            return "(h − \(shown(1 / (2 * beta))))²" + Self.margin(perToken)
        case .hinge(let beta): return "max(0, 1 − \(shown(beta))·h)" + Self.margin(false)
        case .simPO(let beta, let gamma):
            return
                "−log σ(\(shown(beta))·(c/|c| − j/|j|) − \(shown(gamma))), c and j the summed lp "
                + "of the chosen and the rejected"
        }
    }

    private static func margin(_ perToken: Bool) -> String {
        ",  h = (c − c_ref) − (j − j_ref)"
            + (perToken ? ", each side divided by its tokens" : "")
    }
}
