import Foundation
import Objectives
import Policy

/// What a recipe will take, from its numbers alone: no model is made or read.
public struct WorkEstimate: Sendable, Equatable {
    /// Numbers of the model.
    public let parameters: Int
    /// Numbers that are trained: the adapter's, where there is one.
    public let trained: Int
    /// Completions a step, refills not counted.
    public let completions: Int
    /// Tokens that a step samples at most, refills not counted.
    public let tokens: Int
    /// Bytes of weights, gradients and moments of all models that a run holds; activations and caches come
    /// on top.
    public let bytes: Int
    /// Bytes of one checkpoint.
    public let checkpointBytes: Int
    /// Completions of an evaluation on the way; 0 where there is none.
    public let evaluated: Int
    /// Completions of the evaluations before and after.
    public let finallyEvaluated: Int

    /// The estimate of a recipe.
    ///
    /// - Throws: what reading the configuration of the recipe's model throws.
    public init(_ recipe: Recipe) throws {
        let shape = try OpenedPolicy.configuration(recipe)
        parameters = try shape.countedParameters()
        trained =
            try recipe.policy.lora.map { try shape.countedParameters(of: $0.settings) }
            ?? parameters
        completions = recipe.rollout.prompts * recipe.rollout.group
        tokens = completions * recipe.rollout.maximumNewTokens
        let objective = try recipe.objective.resolve(rollout: recipe.rollout)
        // Gradient and two moments beside the weights; the reference policy is a learner, too.
        let policies = objective.needsReference ? 2 : 1
        let scalars = (objective.needsCritic ? 1 : 0) + (recipe.learnedReward == nil ? 0 : 1)
        let half = recipe.policy.precision == .bfloat16 ? 2 : 0
        let base = recipe.policy.lora == nil ? 0 : trained * 4
        bytes =
            policies * (parameters * (4 + half) + base + trained * 12) + scalars * parameters * 16
        checkpointBytes = trained * 12 + scalars * parameters * 12
        let each = recipe.curriculum.levels.count * (recipe.evaluation.samples + 1)
        evaluated = recipe.evaluation.every == 0 ? 0 : each * recipe.evaluation.problemsPerLevel
        finallyEvaluated = each * recipe.evaluation.finalProblemsPerLevel
    }

    /// The estimate in some lines.
    public var text: String {
        let adapter = trained == parameters ? "" : ", \(trained) of them in the adapter are trained"
        return """
            estimated work:
              parameters   \(parameters)\(adapter)
              a step       \(completions) completions, at most \(tokens) tokens
              evaluations  at most \(evaluated) completions on the way, \(finallyEvaluated) before and after
              memory       \(Self.size(bytes)) of weights, gradients and moments; activations on top
              checkpoint   \(Self.size(checkpointBytes))
            """
    }

    private static func size(_ bytes: Int) -> String {
        bytes < 1 << 30
            ? String(format: "%.1f MiB", Double(bytes) / 1_048_576)
            : String(format: "%.1f GiB", Double(bytes) / 1_073_741_824)
    }
}
