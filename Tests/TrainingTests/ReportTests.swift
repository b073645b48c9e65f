import Charts
import Foundation
import Rollouts
import Store
import Testing

@testable import Training

@Suite struct ReportTests {
    private static let hostile = [
        "</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\"'&\u{0}",
        "\u{202E}gnp.exe", "]]>--><!--", "</pre></article></body>",
        String(decoding: [0xFF, 0x41], as: UTF8.self),
        "\u{FEFF}\u{7F}\u{9B}31m\u{2066}", "{{x}}${y}`", "שלום 12", "&lt;script&gt;",
    ]

    /// Page with one script and no attribute or element that a text brought along.
    private func isHarmless(_ page: String) -> Bool {
        page.components(separatedBy: "<script").count == 2
            && page.components(separatedBy: "</script").count == 2 && !page.contains("<img")
            && page.components(separatedBy: "</main>").count == 2
            && page.unicodeScalars.allSatisfy {
                ($0.value >= 0x20 || $0 == "\n" || $0 == "\t") && !(0x7F...0x9F).contains($0.value)
                    && !(0x202A...0x202E).contains($0.value)
                    && !(0x2066...0x2069).contains($0.value)
            }
    }

    @Test("hostile text is shown, never run", arguments: hostile)
    func escaping(text: String) {
        let plain = text.filter { !"\u{202E}\u{2066}".contains($0) }
        let rollout = SampleRollout(
            text: text, tokens: 1, reward: nil, outcome: 1,
            parts: [.init(name: plain, value: nil, reason: text)], extracted: text, advantage: 0,
            fate: text)
        let arm = ReportedArm(
            name: plain,
            metrics: [(1, ["reward": 1, "alarms/\(plain)": 1, "rewards/\(plain)/mean": 0])],
            stageChanges: [(1, plain)],
            groups: [SampleGroup(step: 1, prompt: text, answer: text, rollouts: [rollout])])
        let page = Report(runs: [ReportedRun(name: plain, recipe: plain, arms: [arm, arm])]).html()
        #expect(isHarmless(page))
    }

    @Test("what turns or hides text is shown by its number, other scripts are left alone")
    func direction() {
        let group = SampleGroup(
            step: 1, prompt: "שלום", answer: "1",
            rollouts: [
                SampleRollout(
                    text: "a\u{202E}b\u{0}", tokens: 1, outcome: 0, advantage: -1, fate: "")
            ])
        let arm = ReportedArm(name: "a", groups: [group])
        let page = Report(runs: [ReportedRun(name: "r", recipe: "", arms: [arm])]).html()
        #expect(
            page.contains("a<span class=\"control\">U+202E</span>b<span class=\"control\">U+0000"))
        #expect(page.contains("<code dir=\"auto\">שלום</code>"))
        #expect(page.contains("No step has been recorded yet."))
    }

    @Test("a page of a real run has its curves, tables, samples and reasons, and fetches nothing")
    func page() throws {
        let run = try TinyRun([
            "comparison={name: plain, objective: {preset: grpo, kl_coefficient: 0}}"
        ])
        try run.train()
        try Report.write(for: run.directory)
        let page = String(decoding: try run.directory.read(run.directory.report), as: UTF8.self)
        for text in [
            "Held-out accuracy, sampled", "Held-out accuracy by level", "Reward components",
            "Length of right and wrong completions", "Entropy", "Clipped tokens",
            "Groups without variance", "Groups without variance: plain", "all right",
            "Completions retained of a group", "Speed", "plain",
            "Sample groups", "gold", "accuracy, level 1", "after 7 steps", "name: tiny",
            "id=\"smoothing\"",
        ] {
            #expect(page.contains(text), "\(text)")
        }
        #expect(!page.contains("http:") && !page.contains("https:") && !page.contains("url("))
        #expect(isHarmless(page))
        // The policy knows little: what it is told is why its answers are wrong.
        #expect(page.contains("class=\"soft\">"))
    }

    @Test("a reason is told where scoring again gives the stored value, and only there")
    func reasons() throws {
        let run = try TinyRun(["budget.steps=2"])
        try run.train()
        let store = try AssayStore(path: run.directory.database)
        let group = try store.rollouts(run: 1, step: 1).filter { $0.group == 0 }
        let explainer = RewardExplainer(spec: run.directory.reward)
        #expect(explainer.note == nil)
        for (rollout, found) in zip(group, explainer.explain(group)) {
            #expect(found.reasons["math"]?.isEmpty == false, "\(rollout.text)")
        }
        var changed = group
        for index in changed.indices { changed[index].components[0].value = 0.123 }
        #expect(explainer.explain(changed).allSatisfy { $0.reasons["math"] == nil })
        let missing = RewardExplainer(spec: "/nowhere.yaml")
        #expect(missing.note != nil && missing.explain(group).allSatisfy { $0 == .init() })
    }

    @Test("a program is not asked again")
    func external() throws {
        let path = NSTemporaryDirectory() + "assay-\(UUID().uuidString).yaml"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let spec = """
            name: asking
            version: "1"
            rewards:
              - {name: program, type: command, run: ["false"]}
            outcome: program
            """
        try Data(spec.utf8).write(to: URL(fileURLWithPath: path))
        let explainer = RewardExplainer(spec: path)
        #expect(explainer.note?.contains("program") == true)
    }

    @Test("the stages of a run begin with the first, also where it is left at once")
    func stages() throws {
        let metrics = (1...9).map { (step: $0, metrics: ["curriculum/stage": $0 < 4 ? 1.0 : 2]) }
        var arm = ReportedArm(name: "a", metrics: metrics)
        #expect(Report.stageChart([arm]) == nil)
        arm.stageChanges = [(1, "stage 1 → 2: x"), (4, "stage 2 → 3: y")]
        let html = try #require(Report.stageChart([arm])?.html())
        #expect(html.contains("data-x=\"0 1 4 9\" data-y=\"1 2 3 3\""))
        let page = Report(runs: [ReportedRun(name: "r", recipe: "", arms: [arm])]).html()
        #expect(page.contains("stage 2 → 3: y"))
    }

    @Test(
        "a warning is told in words with its step; a run that has done nothing yet has a page too")
    func warnings() {
        let arm = ReportedArm(
            name: "a", metrics: [(3, ["alarms/length": 1, "reward": 0]), (9, ["alarms/other": 1])])
        let page = Report(runs: [ReportedRun(name: "r", recipe: "x: 1", arms: [arm])]).html()
        #expect(page.contains("<td class=\"n\">3<td>reward and length go together"))
        #expect(page.contains("<td class=\"n\">9<td>other"))
        for kind in RunAlarms.Kind.allCases { #expect(!kind.meaning.isEmpty) }
        let empty = Report(runs: [ReportedRun(name: "r", recipe: "x: 1", arms: [])]).html()
        #expect(empty.contains("No step has been recorded yet.") && empty.contains("x: 1"))
        #expect(!empty.contains("<figure") && !empty.contains("id=\"warnings\""))
    }

    @Test("names say as much of the path as tells runs apart")
    func names() {
        func names(_ paths: String...) -> [String] {
            Report.names(of: paths.map { RunDirectory($0) })
        }
        #expect(names("/r/a") == ["a"])
        #expect(names("/r/a", "/r/b/") == ["a", "b"])
        #expect(names("/r/1/x", "/r/2/x") == ["1/x", "2/x"])
        #expect(names("/r/x", "/r/x").count == 2)
    }

    @Test(
        "several runs lie over one another, each under its name; a folder without a run is refused")
    func several() throws {
        let (one, two) = (
            try TinyRun(["budget.steps=2"]), try TinyRun(["budget.steps=2", "seed=2"])
        )
        try one.train()
        try two.train()
        let report = try Report([one.directory, two.directory])
        #expect(Set(report.arms.map(\.name)).count == 2)
        let page = report.html()
        for arm in report.arms { #expect(page.contains("reward, \(arm.name)")) }
        let json = try JSONValue.parse(Data(report.json(path: "x.html").utf8))
        guard case .object(let members) = json, case .array(let arms)? = members["arms"] else {
            Issue.record("no arms")
            return
        }
        #expect(arms.count == 2)
        #expect(throws: TrainingError.self) {
            try Report([one.directory, RunDirectory("/nowhere")])
        }
    }
}
