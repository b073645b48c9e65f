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
            if isTerminal {
                let line = Self.line(progress, columns: Console.errorColumns)
                FileHandle.standardError.write(Data("\r\u{1B}[K\(line)".utf8))
                state.isLineOpen = true
            } else {
                Console.error(Self.line(progress))
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

    /// What is most wanted stands first: a line that is too wide for `columns` loses its end, since one
    /// that wraps could not be rewritten.
    static func line(_ progress: TrainingProgress, columns: Int? = nil) -> String {
        var parts = ["\(progress.phase) \(progress.step)/\(progress.steps)"]
        if progress.rate >= 1 {
            parts.append(String(format: "%.1f steps/s", progress.rate))
        } else if progress.rate > 0 {
            parts.append(String(format: "%.1f s/step", 1 / progress.rate))
        }
        if let left = progress.remainingSeconds, left.isFinite {
            parts.append("\(Self.time(left)) left")
        }
        for (name, value) in progress.figures {
            parts.append("\(name) \(String(format: "%.\(abs(value) < 10 ? 3 : 1)f", value))")
        }
        if let stage = progress.stage { parts.append(stage) }
        let line = parts.joined(separator: "  ")
        guard let columns, columns > 1, line.count >= columns else { return line }
        return line.prefix(columns - 2) + "…"
    }

    /// `1:05`, and `2:01:05` from an hour up.
    static func time(_ seconds: Double) -> String {
        guard seconds < 1e9 else { return "years" }
        let whole = Int(max(0, seconds))
        let rest = String(format: "%02d", whole % 60)
        let minutes = whole / 60
        guard minutes >= 60 else { return "\(minutes):\(rest)" }
        return "\(minutes / 60):\(String(format: "%02d", minutes % 60)):\(rest)"
    }
}
