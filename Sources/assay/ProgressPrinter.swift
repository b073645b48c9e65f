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

    /// In short words where the long ones are too wide for `columns`; what is still too wide loses its end,
    /// since a line that wraps could not be rewritten.
    static func line(_ progress: TrainingProgress, columns: Int? = nil) -> String {
        let line = line(progress, isShort: false)
        guard let columns, columns > 1, line.count >= columns else { return line }
        let short = Self.line(progress, isShort: true)
        return short.count < columns ? short : short.prefix(columns - 2) + "…"
    }

    private static func line(_ progress: TrainingProgress, isShort: Bool) -> String {
        var parts = ["\(progress.phase) \(progress.step)/\(progress.steps)"]
        if progress.rate > 0 {
            let isFast = progress.rate >= 1
            let number = String(format: "%.1f", isFast ? progress.rate : 1 / progress.rate)
            let unit = isFast ? isShort ? "/s" : " steps/s" : isShort ? " s" : " s/step"
            parts.append(number + unit)
        }
        if let left = progress.remainingSeconds, left.isFinite {
            parts.append("\(Self.time(left)) left")
        }
        for (name, value) in progress.figures {
            let word = isShort && name.count > 4 ? String(name.prefix(3)) : name
            parts.append("\(word) \(String(format: "%.\(abs(value) < 10 ? 3 : 1)f", value))")
        }
        if let stage = progress.stage { parts.append(stage) }
        return parts.joined(separator: "  ")
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
