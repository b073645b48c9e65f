import Rewards

extension RewardScorer {
    /// A scorer for the spec at `path`; what its static checks find goes to standard error.
    static func load(path: String) throws(RewardError) -> RewardScorer {
        let spec = try RewardSpec.load(path: path)
        for finding in spec.findings where !finding.isRefused {
            Console.error(
                "assay: warning: \(path): \(finding.problem) [\(finding.check.rawValue)]\n"
                    + "  remedy: \(finding.remedy)")
        }
        return try RewardScorer(spec)
    }
}
