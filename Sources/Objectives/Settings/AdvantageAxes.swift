import Rollouts

extension Baseline: ObjectiveAxis {
    static let names = ["baseline", "discount", "trace_decay"]

    func applying(_ reader: SettingReader) throws(ObjectiveError) -> Baseline {
        var baseline = self
        switch try reader.kind(
            "baseline",
            ["none", "mean", "leave_one_out", "length_weighted", "value", "reward_to_go"], of: self)
        {
        case "none": baseline = .none
        case "mean": baseline = .mean
        case "leave_one_out": baseline = .leaveOneOut
        case "length_weighted": baseline = .lengthWeighted
        case "value": baseline = .value(discount: 1, decay: 0.95)
        case "reward_to_go": baseline = .rewardToGo(discount: 1)
        default: break
        }
        switch baseline {
        case .value(let discount, let decay):
            return .value(
                discount: try reader.number("discount") ?? discount,
                decay: try reader.number("trace_decay") ?? decay)
        case .rewardToGo(let discount):
            try reader.refuse(["trace_decay"], of: "reward_to_go")
            return .rewardToGo(discount: try reader.number("discount") ?? discount)
        case .none, .mean, .leaveOneOut, .lengthWeighted:
            try reader.refuse(["discount", "trace_decay"], of: "a baseline of groups")
            return baseline
        }
    }

    var settings: [(String, JSONValue)] {
        switch self {
        case .none: [("baseline", .string("none"))]
        case .mean: [("baseline", .string("mean"))]
        case .leaveOneOut: [("baseline", .string("leave_one_out"))]
        case .lengthWeighted: [("baseline", .string("length_weighted"))]
        case .value(let discount, let decay):
            [
                ("baseline", .string("value")), ("discount", .setting(discount)),
                ("trace_decay", .setting(decay)),
            ]
        case .rewardToGo(let discount):
            [("baseline", .string("reward_to_go")), ("discount", .setting(discount))]
        }
    }

    var formula: String {
        switch self {
        case .none: "A = r"
        case .mean: "A = r − mean r"
        case .leaveOneOut: "A = r − mean of the others"
        case .lengthWeighted: "A = r − Σ|o|r / Σ|o|"
        case .value(let discount, let decay):
            "δ_t = r_t + \(shown(discount))·V_{t+1} − V_t,  A_t = δ_t + "
                + "\(shown(discount * decay))·A_{t+1}"
        case .rewardToGo(let discount): "A_t = r_t + \(shown(discount))·A_{t+1}"
        }
    }
}

extension AdvantageScale: ObjectiveAxis {
    static let names = ["scale", "scale_ddof", "scale_epsilon", "batch_epsilon", "by_tokens"]

    func applying(_ reader: SettingReader) throws(ObjectiveError) -> AdvantageScale {
        var scale = self
        switch try reader.kind(
            "scale",
            [
                "none", "standard_deviation", "leave_one_out", "batch_standard_deviation",
                "token_whitening", "decoupled",
            ], of: self)
        {
        case "none": scale = .none
        case "standard_deviation": scale = .standardDeviation(ddof: 1, epsilon: 1e-4)
        case "leave_one_out": scale = .leaveOneOut(epsilon: 1e-6)
        case "batch_standard_deviation": scale = .batchStandardDeviation(ddof: 1, epsilon: 1e-4)
        case "token_whitening": scale = .tokenWhitening(epsilon: 1e-8)
        case "decoupled":
            scale = .decoupled(epsilon: 1e-4, batchEpsilon: 1e-4, byTokens: false)
        default: break
        }
        let ddof = try reader.integer("scale_ddof")
        let epsilon = try reader.number("scale_epsilon")
        if case .decoupled = scale {
        } else {
            try reader.refuse(["batch_epsilon", "by_tokens"], of: "the scale")
        }
        switch scale {
        case .none:
            try reader.refuse(["scale_ddof", "scale_epsilon"], of: "none")
            return scale
        case .standardDeviation(let old, let oldEpsilon):
            return .standardDeviation(ddof: ddof ?? old, epsilon: epsilon ?? oldEpsilon)
        case .batchStandardDeviation(let old, let oldEpsilon):
            return .batchStandardDeviation(ddof: ddof ?? old, epsilon: epsilon ?? oldEpsilon)
        case .leaveOneOut(let old):
            try reader.refuse(["scale_ddof"], of: "leave_one_out")
            return .leaveOneOut(epsilon: epsilon ?? old)
        case .tokenWhitening(let old):
            try reader.refuse(["scale_ddof"], of: "token_whitening")
            return .tokenWhitening(epsilon: epsilon ?? old)
        case .decoupled(let old, let batch, let byTokens):
            try reader.refuse(["scale_ddof"], of: "decoupled")
            return .decoupled(
                epsilon: epsilon ?? old, batchEpsilon: try reader.number("batch_epsilon") ?? batch,
                byTokens: try reader.flag("by_tokens") ?? byTokens)
        }
    }

    var settings: [(String, JSONValue)] {
        switch self {
        case .none: [("scale", .string("none"))]
        case .standardDeviation(let ddof, let epsilon):
            [
                ("scale", .string("standard_deviation")), ("scale_ddof", .setting(ddof)),
                ("scale_epsilon", .setting(epsilon)),
            ]
        case .batchStandardDeviation(let ddof, let epsilon):
            [
                ("scale", .string("batch_standard_deviation")), ("scale_ddof", .setting(ddof)),
                ("scale_epsilon", .setting(epsilon)),
            ]
        case .leaveOneOut(let epsilon):
            [("scale", .string("leave_one_out")), ("scale_epsilon", .setting(epsilon))]
        case .tokenWhitening(let epsilon):
            [("scale", .string("token_whitening")), ("scale_epsilon", .setting(epsilon))]
        case .decoupled(let epsilon, let batch, let byTokens):
            [
                ("scale", .string("decoupled")), ("scale_epsilon", .setting(epsilon)),
                ("batch_epsilon", .setting(batch)), ("by_tokens", .bool(byTokens)),
            ]
        }
    }

    var formula: String {
        switch self {
        case .none: "Â = A"
        case .standardDeviation(let ddof, let epsilon):
            "Â = A / (std\(ddof)" + Self.plus(epsilon) + ")"
        case .batchStandardDeviation(let ddof, let epsilon):
            "Â = A / (std\(ddof) over the batch" + Self.plus(epsilon) + ")"
        case .leaveOneOut(let epsilon):
            "Â = A / (std1 of the others" + Self.plus(epsilon) + ")"
        case .tokenWhitening(let epsilon):
            "Â = (A − mean) / √(var1" + Self.plus(epsilon) + ") over all tokens of the batch"
        case .decoupled(let epsilon, let batch, let byTokens):
            "S = Σ_n w_n (r_n − mean)/(std1" + Self.plus(epsilon)
                + ") by component, Â = (S − mean)/"
                + (byTokens ? "√(var1" : "(std1") + Self.plus(batch) + ") over the batch's "
                + (byTokens ? "tokens" : "rollouts")
        }
    }

    private static func plus(_ epsilon: Double) -> String {
        epsilon == 0 ? "" : " + \(shown(epsilon))"
    }
}
