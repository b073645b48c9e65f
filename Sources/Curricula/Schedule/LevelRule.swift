import Rollouts

/// Which levels are drawn from.
public enum LevelRule: Sendable, Equatable, Codable {
    /// Fixed weights, one a level; empty for equal ones.
    case fixed(weights: [Double])
    /// Stage after stage.
    case staged(StagedLevels)
    /// One level that rises and falls with the last outcomes.
    case board(ScoreBoardLevel)
    /// By mean |advantage|, faded.
    case bandit(CategoryBandit)
    /// By an upper bound of the mean |advantage|.
    case confidence(ConfidenceBandit)
    /// From easy to hard with the run.
    case fade(EasyToHard)
    /// Problems near a difficulty that follows the policy.
    case target(TargetDifficulty)
    /// Phases of growing context.
    case phases(PhasedLengths)

    /// Chances of the levels; nil for rules that choose otherwise.
    func chances(_ levels: [Int], progress: Double) -> [Double]? {
        switch self {
        case .fixed(let weights): weights.isEmpty ? levels.map { _ in 1 } : weights
        case .board(let board): levels.indices.map { $0 == board.level ? 1 : 0 }
        case .bandit(let bandit): bandit.chances
        case .confidence(let bandit): bandit.chances
        case .fade(let fade):
            // Settings were checked when the rule was made, and progress is a share.
            (try? fade.chances(levels: levels.count, share: min(max(progress, 0), 1)))
                ?? levels.map { _ in 1 }
        case .staged, .target, .phases: nil
        }
    }

    /// The present stage, from 0; 0 where there are none.
    var stage: Int {
        switch self {
        case .staged(let staged): staged.stage
        case .board(let board): board.level
        case .phases(let phases): phases.phase
        default: 0
        }
    }

    /// How many stages there are; nil where there are none.
    func stages(_ levels: [Int]) -> Int? {
        switch self {
        case .staged(let staged): staged.stages.count
        case .board: levels.count
        case .phases(let phases): phases.phases.bounds.count
        default: nil
        }
    }
}
