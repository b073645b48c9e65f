import Foundation
import Synchronization

/// Where a program runs that nobody has read.
struct Sandbox: Sendable {
    /// What keeps the program from the machine.
    enum Kind: String, Sendable, CaseIterable {
        /// bubblewrap: namespaces of its own, no network, `/usr` to read, nothing of ours to see.
        case bubblewrap
        /// Nothing but the limits of its own user.
        case none
    }

    /// Why nothing was run.
    struct Fault: Error {
        var reason: String
    }

    let kind: Kind
    let limits: CommandLimits
    /// Folders of the machine that the program may read besides `/usr`.
    let readable: [String]

    /// The only variables that the program and the sandbox see.
    private static let environment = [
        "PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/work", "LANG=C.UTF-8",
    ]

    /// Runs `words` in an empty folder with `files`, by their names.
    func run(
        _ words: [String], input: [UInt8], files: [String: String]
    ) throws(Fault) -> CommandRun {
        switch kind {
        case .bubblewrap:
            if let obstacle = Self.obstacle { throw Fault(reason: obstacle) }
            return try confined(words, input: input, files: files)
        case .none: return try bare(words, input: input, files: files)
        }
    }

    /// Refuses a program that is not in the sandbox, unless it is one of the files that are put there.
    func find(_ program: String, among files: some Collection<String>) throws(Fault) {
        if program.contains("/"), !program.hasPrefix("/") { return }
        let look = ["sh", "-c", "command -v -- \"$1\"", "sh", program]
        let found = try run(look, input: [], files: [:])
        guard found.end == .exited(0) else {
            let place = kind == .bubblewrap ? " in the sandbox, which has /usr and 'readable'" : ""
            throw Fault(reason: "there is no program '\(program)'\(place)")
        }
    }

    // MARK: With bubblewrap

    /// Why bubblewrap cannot be used on this machine, tried until it could; nil where it can.
    static var obstacle: String? {
        trial.withLock { trial in
            // Want of descriptors or processes passes: what did not work is tried anew after a while.
            if let trial, trial.obstacle == nil || trial.time.duration(to: .now) < .seconds(2) {
                return trial.obstacle
            }
            let found = findObstacle()
            trial = (found, .now)
            return found
        }
    }

    private static let trial = Mutex<(obstacle: String?, time: ContinuousClock.Instant)?>(nil)

    private static func findObstacle() -> String? {
        let remedy =
            "; install bubblewrap 0.8 or later (apt-get install bubblewrap) where user namespaces are allowed, "
            + "or say 'sandbox: none' where every completion may be trusted with this account"
        let probe = Sandbox(kind: .bubblewrap, limits: CommandLimits(), readable: [])
        do {
            let run = try probe.confined(["true"], input: [], files: ["a": ""])
            guard run.end == .exited(0) else {
                return "the sandbox does not work here: \(Self.head(run.errors))\(remedy)"
            }
            return nil
        } catch {
            return "\(error.reason)\(remedy)"
        }
    }

    private func confined(
        _ words: [String], input: [UInt8], files: [String: String]
    ) throws(Fault) -> CommandRun {
        let reportAt: Int32 = 3
        var descriptors: [Int32: [UInt8]] = [:]
        var written: [String] = []
        for (offset, file) in files.sorted(by: { $0.key < $1.key }).enumerated() {
            let number = reportAt + 1 + Int32(offset)
            descriptors[number] = Array(file.value.utf8)
            written += ["--perms", "0644", "--file", String(number), "/work/\(file.key)"]
        }
        var call: [String] = []
        if geteuid() == 0 {
            // Limits on processes do not bind root, nor should hostile code be root of anything.
            call = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--"]
        }
        call += [
            "bwrap", "--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent",
            "--new-session", "--hostname", "sandbox", "--json-status-fd", String(reportAt),
        ]
        call += Self.system + readable.flatMap { ["--ro-bind", $0, $0] }
        call += ["--proc", "/proc", "--dev", "/dev"]
        call += ["--size", String(limits.disk), "--tmpfs", "/tmp"]
        call += ["--size", String(limits.disk), "--tmpfs", "/work"]
        call += ["--size", String(limits.disk), "--tmpfs", "/dev/shm"]
        call += written + ["--remount-ro", "/", "--remount-ro", "/dev"]
        call += ["--chdir", "/work", "--"] + limits.prefix + words
        let run: CommandRun
        do {
            run = try CommandRun(
                call, environment: Self.environment, input: input, files: descriptors,
                reportTo: reportAt, limits: limits)
        } catch {
            throw Fault(reason: "cannot start the sandbox: \(error.reason)")
        }
        if case .exited = run.end,
            !String(decoding: run.report, as: UTF8.self).contains("exit-code")
        {
            throw Fault(reason: "the sandbox did not start: \(Self.head(run.errors))")
        }
        return run
    }

    /// The system's own folders, to read: `/usr`, and what stands beside or points into it.
    private static let system: [String] = {
        var words = ["--ro-bind", "/usr", "/usr"]
        for name in ["bin", "sbin", "lib", "lib32", "lib64", "libx32"] {
            if let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/\(name)") {
                words += ["--symlink", target, "/\(name)"]
            } else if FileManager.default.fileExists(atPath: "/\(name)") {
                words += ["--ro-bind", "/\(name)", "/\(name)"]
            }
        }
        for path in ["/etc/alternatives", "/etc/ld.so.cache", "/etc/localtime"] {
            words += ["--ro-bind-try", path, path]
        }
        return words
    }()

    // MARK: Without

    private func bare(
        _ words: [String], input: [UInt8], files: [String: String]
    ) throws(Fault) -> CommandRun {
        let folder = NSTemporaryDirectory() + "assay-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
            for (name, text) in files {
                let path = "\(folder)/\(name)"
                try FileManager.default.createDirectory(
                    atPath: (path as NSString).deletingLastPathComponent,
                    withIntermediateDirectories: true)
                try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            }
        } catch {
            throw Fault(reason: "cannot write the program's files: \(error.localizedDescription)")
        }
        do {
            return try CommandRun(
                limits.prefix + words, environment: Self.bareEnvironment, directory: folder,
                input: input, limits: limits)
        } catch {
            throw Fault(reason: "cannot start the program: \(error.reason)")
        }
    }

    private static var bareEnvironment: [String] {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        return ["PATH=\(path)", "HOME=\(NSTemporaryDirectory())", "LANG=C.UTF-8"]
    }

    static func head(_ bytes: [UInt8]) -> String {
        let text = String(decoding: bytes.prefix(2000), as: UTF8.self)
        return String(text.trimmingCharacters(in: .whitespacesAndNewlines).prefix(200))
    }
}
