import Foundation
import Testing

@testable import Training

@Suite struct RunAlarmsTests {
    /// The kinds told over some equal steps.
    private func told(
        _ metrics: [String: Double], steps: Int = 10, _ alarms: inout RunAlarms
    ) -> [RunAlarms.Kind] {
        (0..<steps).flatMap { _ in alarms.observe(step: metrics, paying: ["math"]).map(\.kind) }
    }

    private let healthy: [String: Double] = [
        "reward": 0.5, "accuracy": 0.5, "entropy": 0.2, "completions/clipped_ratio": 0.1,
        "groups/all_right": 0.2, "groups/all_wrong": 0.2, "rewards/math/mean": 0.5,
        "rewards/math/std": 0.5, "completions/length_reward_correlation": -0.2,
    ]

    @Test("a healthy run is told nothing")
    func silence() {
        var alarms = RunAlarms()
        #expect(told(healthy, steps: 100, &alarms).isEmpty)
    }

    @Test(
        "each sign is told once, when it has lasted, and again after it went away",
        arguments: [
            (["completions/clipped_ratio": 0.95], RunAlarms.Kind.truncated),
            (["entropy": 0.01, "accuracy": 0.3], .entropy),
            (["groups/all_right": 0.45, "groups/all_wrong": 0.4], .groups),
            (["completions/length_reward_correlation": 0.8], .length),
            (["rewards/math/mean": 0, "rewards/math/std": 0], .component),
        ] as [([String: Double], RunAlarms.Kind)])
    func signs(change: [String: Double], kind: RunAlarms.Kind) {
        var alarms = RunAlarms()
        #expect(told(healthy, steps: 1, &alarms).isEmpty)
        let sick = healthy.merging(change) { _, new in new }
        #expect(told(sick, steps: 9, &alarms).isEmpty)
        #expect(told(sick, steps: 50, &alarms) == [kind])
        #expect(told(healthy, &alarms).isEmpty)
        #expect(told(sick, steps: 50, &alarms) == [kind])
    }

    @Test("what was told is written in one order, whatever came first")
    func order() throws {
        let signs = [
            ["completions/clipped_ratio": 0.95],
            ["groups/all_right": 0.45, "groups/all_wrong": 0.4],
            ["completions/length_reward_correlation": 0.8],
        ]
        let all = signs.reduce(healthy) { $0.merging($1) { _, new in new } }
        let written = try [signs, signs.reversed()].map { order in
            var alarms = RunAlarms()
            var metrics = healthy
            for sign in order {
                metrics.merge(sign) { _, new in new }
                #expect(told(metrics, steps: 12, &alarms).count == 1)
            }
            _ = told(all, steps: 20, &alarms)
            let object = try JSONSerialization.jsonObject(with: JSONEncoder().encode(alarms))
            return try #require((object as? [String: Any])?["told"] as? [String])
        }
        #expect(written[0] == written[1] && written[0].count == 3)
    }

    @Test("entropy may vanish where answers are right")
    func certainty() {
        var alarms = RunAlarms()
        _ = told(healthy, steps: 1, &alarms)
        let sure = healthy.merging(["entropy": 0.001, "accuracy": 0.95]) { _, new in new }
        #expect(told(sure, steps: 50, &alarms).isEmpty)
    }

    @Test("a reward that rises while held-out accuracy stays is told, and survives a resume")
    func proxy() throws {
        for gain in [0, 0.2] {
            var alarms = RunAlarms()
            var kinds: [RunAlarms.Kind] = []
            for round in 0..<5 {
                let metrics = healthy.merging(["reward": 0.1 * Double(round)]) { _, new in new }
                kinds += told(metrics, steps: 4, &alarms)
                alarms.observe(heldOut: 0.5 + gain * Double(round))
                alarms = try JSONDecoder().decode(
                    RunAlarms.self, from: JSONEncoder().encode(alarms))
            }
            #expect(kinds == (gain == 0 ? [.proxy] : []))
        }
    }

    @Test("metric files speak TRL's names, verl's, or both")
    func names() {
        let metrics = ["policy_loss": 1.0, "accuracy": 0.5]
        #expect(MetricNames.trl.named(metrics) == metrics)
        #expect(MetricNames.verl.named(metrics) == ["actor/pg_loss": 1, "accuracy": 0.5])
        #expect(
            MetricNames.both.named(metrics)
                == ["policy_loss": 1, "actor/pg_loss": 1, "accuracy": 0.5])
        #expect(Set(MetricNames.verlNames.values).count == MetricNames.verlNames.count)
    }
}
