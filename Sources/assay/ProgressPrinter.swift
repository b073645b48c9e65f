import Foundation
import Synchronization
import Training

/// Progress on standard error: one line rewritten in place on a terminal, else a line every few
/// seconds.
final class ProgressPrinter: TrainingObserver, Sendable {
    private struct State {
        var last = ContinuousClock.now - .seconds(60)
        var isLineOpen = false
    }

    private let state = Mutex(State())
    private let isTerminal = Console.errorIsTerminal

    func notice(_ text: String) {
        finishLine()
        Console.error("• \(text)")
    }

    func progress(_ progress: TrainingProgress) {
        let isLast = progress.step >= progress.steps
        state.withLock { state in
            let interval: Duration = isTerminal ? .milliseconds(100) : .seconds(5)
            guard isLast || .now - state.last >= interval else { return }
            state.last = .now
            let line = Self.line(progress)
            if isTerminal {
                FileHandle.standardError.write(Data("\r\u{1B}[K\(line)".utf8))
                state.isLineOpen = true
            } else {
                Console.error(line)
            }
        }
    }

    /// Ends the line that progress rewrites, so that something else can be printed.
    func finishLine() {
        state.withLock { state in
            if state.isLineOpen { Console.error("") }
            state.isLineOpen = false
        }
    }

    static func line(_ progress: TrainingProgress) -> String {
        var parts = ["\(progress.phase) \(progress.step)/\(progress.steps)"]
        if let stage = progress.stage { parts.append(stage) }
        for (name, value) in progress.figures {
            parts.append("\(name) \(String(format: "%.\(abs(value) < 10 ? 3 : 1)f", value))")
        }
        if progress.rate > 0 { parts.append(String(format: "%.1f steps/s", progress.rate)) }
        if let left = progress.remainingSeconds, left.isFinite {
            parts.append("\(Int(left) / 60):\(String(format: "%02d", Int(left) % 60)) left")
        }
        return parts.joined(separator: "  ")
    }
}
