import Foundation
import Testing

@testable import Rewards

/// Runs where `ASSAY_GSM8K` names GSM8K's `example_model_solutions.jsonl`, which is not kept here.
@Suite struct GSM8KAgreementTests {
    static let path = ProcessInfo.processInfo.environment["ASSAY_GSM8K"]

    @Test(.enabled(if: path != nil))
    func theSpecAgreesWithEveryLabel() async throws {
        let rows = try #require(FileHandle(forReadingAtPath: Self.path ?? ""))
        let spec = ShippedSpecTests.folder.appending(path: "gsm8k.yaml")
        let scorer = try RewardScorer(
            try RewardSpec.load(path: spec.path(percentEncoded: false)))
        let summary = try await OfflineScorer(scorer, jobs: 2).run(
            from: rows, named: "solutions", to: .nullDevice)
        #expect(summary.labelled == 5276)
        #expect(summary.agreed == summary.labelled)
        #expect(summary.disagreements.isEmpty)
    }
}
