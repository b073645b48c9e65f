import Charts
import Foundation

extension Report {
    /// Groups to be read: every completion with its reward, parts, advantage and fate.
    func samples() -> String {
        arms.filter { !$0.groups.isEmpty }.map { arm in
            let note = arm.note.map { "<p class=\"soft\">\($0.escapedForHTML)</p>" } ?? ""
            let groups = arm.groups.enumerated().map { index, group in
                Self.html(group, isOpen: index == 0)
            }
            return "<h3>\(arm.name.escapedForHTML)</h3>\(note)\(groups.joined())"
        }.joined()
    }

    private static func html(_ group: SampleGroup, isOpen: Bool) -> String {
        let right = group.rollouts.count { $0.outcome.map { $0 >= 0.5 } ?? false }
        return "<details\(isOpen ? " open" : "")><summary>step \(group.step): <code dir=\"auto\">"
            + "\(group.prompt.shownAsHTML)</code> gold <code dir=\"auto\">\(group.answer.shownAsHTML)"
            + "</code>, \(right) of \(group.rollouts.count) right</summary>"
            + "<div class=\"rollouts\">\(group.rollouts.map(html).joined())</div></details>"
    }

    private static func html(_ rollout: SampleRollout) -> String {
        let verdict =
            rollout.outcome.map { $0 >= 0.5 ? ("✓ right", 2) : ("✗ wrong", 1) } ?? ("– unscored", 7)
        var html = "<article class=\"c\(verdict.1)\"><p><b>\(verdict.0)</b>, "
        html += "reward <b>\(rollout.reward.map(LineChart.show) ?? "–")</b>, "
        html += "advantage <b>\(signed(rollout.advantage))</b>, \(rollout.tokens) tokens"
        html += "\(rollout.isTruncated ? ", cut by the limit" : "")</p>"
        html += "<pre dir=\"auto\">\(rollout.text.shownAsHTML)</pre>"
        if let extracted = rollout.extracted {
            html += "<p>read <code dir=\"auto\">\(extracted.shownAsHTML)</code>"
            if let gold = rollout.gold {
                html += ", compared with <code dir=\"auto\">\(gold.shownAsHTML)</code>"
            }
            html += "</p>"
        }
        for part in rollout.parts {
            html += "<p>\(part.name.escapedForHTML) <b>\(part.value.map(LineChart.show) ?? "–")</b>"
            if let reason = part.reason {
                html += " <span class=\"soft\">\(reason.shownAsHTML)</span>"
            }
            html += "</p>"
        }
        let isTrained = rollout.fate == "trained"
        html += "<p>\(isTrained ? "kept: trained on" : "left out: \(rollout.fate.shownAsHTML)")</p>"
        return html + "</article>"
    }

    private static func signed(_ value: Double) -> String {
        (value > 0 ? "+" : "") + LineChart.show(value)
    }
}
