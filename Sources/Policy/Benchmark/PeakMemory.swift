import Foundation

/// The most memory that this process has had.
public enum PeakMemory {
    /// Bytes of resident memory at its highest, or nil where the system does not tell.
    public static var bytes: Int? {
        guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
            let kilobytes = line.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        else { return nil }
        return kilobytes * 1024
    }
}
