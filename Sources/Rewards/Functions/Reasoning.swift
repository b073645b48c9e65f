import Foundation

extension String {
    /// What stands outside of the reasoning: behind the last `</think>`, or before a `<think>` that
    /// is never closed.
    var behindReasoning: Substring {
        if let close = range(of: "</think>", options: [.backwards, .literal]) {
            return self[close.upperBound...]
        }
        return range(of: "<think>", options: .literal).map { self[..<$0.lowerBound] } ?? self[...]
    }
}
