import Foundation

/// A process with all that it started, as `/proc` shows them.
enum ProcessTree {
    /// Bytes of memory that the process and its descendants hold for themselves alone, and how many
    /// they are; pages that they share (programs, libraries) are not counted.
    static func memory(of root: pid_t) -> (bytes: Int, processes: Int) {
        let page = Int(getpagesize())
        var (bytes, processes) = (0, 0)
        var waiting = [root]
        while let pid = waiting.popLast() {
            processes += 1
            let counts = numbers(in: "/proc/\(pid)/statm")
            if counts.count > 2 { bytes += max(0, counts[1] - counts[2]) * page }
            let threads =
                (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task"))
            for thread in threads ?? [] {
                waiting += numbers(in: "/proc/\(pid)/task/\(thread)/children").map { pid_t($0) }
            }
        }
        return (bytes, processes)
    }

    private static func numbers(in path: String) -> [Int] {
        guard let data = FileManager.default.contents(atPath: path) else { return [] }
        return data.split(separator: 0x20).compactMap { Int(String(decoding: $0, as: UTF8.self)) }
    }
}
