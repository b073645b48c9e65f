import Foundation
import Testing

@testable import Training

@Suite struct ReportTests {
    @Test("hostile text is shown, never run")
    func escaping() {
        let rollout = Report.SampleRollout(
            text: "<script>alert(1)</script>\"'&\u{0}", tokens: 1, reward: nil, outcome: 1,
            advantage: 0, fate: "trained")
        let arm = Report.Arm(
            name: "<b>", metrics: [], evaluations: [], stageChanges: [],
            groups: [.init(step: 1, prompt: "<i>", answer: "&", rollouts: [rollout])])
        let page = Report.page(title: "<title>", arms: [arm], table: nil, recipe: "a: <b>")
        #expect(!page.contains("<script") && !page.contains("<i>") && !page.contains("\u{0}"))
        #expect(page.contains("&lt;script&gt;"))
        #expect(page.contains("No step has been recorded yet."))
    }

    @Test("a page of a real run has its curves, table and samples")
    func page() throws {
        let run = try TinyRun([
            "comparison={name: plain, objective: {preset: grpo, kl_coefficient: 0}}"
        ])
        try run.train()
        try Report.write(for: run.directory)
        let page = String(decoding: try run.directory.read(run.directory.report), as: UTF8.self)
        for text in ["Accuracy, sampled", "Length of rollouts", "plain", "Sample groups", "gold"] {
            #expect(page.contains(text))
        }
        #expect(!page.contains("http"))
    }
}
