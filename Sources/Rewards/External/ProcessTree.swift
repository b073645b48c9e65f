import Foundation

/// A process with all that it started, as `/proc` shows them.
enum ProcessTree {
    /// Bytes of memory that the process and its descendants hold: their own pages, those that they
    /// share in memory, and files without a name in memory.
    ///
    /// Pages of programs and libraries are not counted; what several share counts for each.
    static func memory(of root: pid_t) -> Int {
        var bytes = 0
        var waiting = [root]
        var files: Set<UInt64> = []
        while let pid = waiting.popLast() {
            bytes += resident(pid) + namelessFiles(pid, &files)
            let threads = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")
            for thread in threads ?? [] {
                let path = "/proc/\(pid)/task/\(thread)/children"
                guard let data = FileManager.default.contents(atPath: path) else { continue }
                waiting += data.split(separator: 0x20).compactMap {
                    pid_t(String(decoding: $0, as: UTF8.self))
                }
            }
        }
        return bytes
    }

    /// `RssAnon` and `RssShmem`.
    private static func resident(_ pid: pid_t) -> Int {
        guard let data = FileManager.default.contents(atPath: "/proc/\(pid)/status") else {
            return 0
        }
        var kilobytes = 0
        for line in data.split(separator: 0x0A)
        where line.starts(with: "RssAnon:".utf8) || line.starts(with: "RssShmem:".utf8) {
            let digits = line.filter { (0x30...0x39).contains($0) }
            kilobytes += Int(String(decoding: digits, as: UTF8.self)) ?? 0
        }
        return kilobytes << 10
    }

    /// Files of `memfd_create` that a process has open, each counted once.
    private static func namelessFiles(_ pid: pid_t, _ seen: inout Set<UInt64>) -> Int {
        let folder = "/proc/\(pid)/fd"
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
            return 0
        }
        var bytes = 0
        for name in names {
            let path = "\(folder)/\(name)"
            guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path),
                target.hasPrefix("/memfd:")
            else { continue }
            var status = stat()
            guard stat(path, &status) == 0, seen.insert(UInt64(status.st_ino)).inserted else {
                continue
            }
            bytes += Int(status.st_blocks) * 512
        }
        return bytes
    }
}
