import CSpawn
import Foundation

/// Starts programs that inherit nothing but what they are given.
enum Spawn {
    /// A program that could not be started, in words.
    struct Fault: Error {
        var reason: String
    }

    /// Starts `words`, the first being a program on the PATH, as the leader of a process group.
    ///
    /// `environment` nil is ours. Standard input, output and error are ours where `descriptors`,
    /// from the number in the child to the descriptor here, does not say otherwise.
    static func start(
        _ words: [String], environment: [String]? = nil, directory: String? = nil,
        descriptors: [Int32: Int32]
    ) throws(Fault) -> pid_t {
        // Sources are moved above every target, so that none is overwritten before it is used.
        let lowest = (descriptors.keys.max() ?? 2) + 1
        var moved: [Int32] = []
        defer { for descriptor in moved { close(descriptor) } }
        var wanted: [assay_descriptor] = []
        for (target, source) in descriptors {
            let copy = fcntl(source, F_DUPFD_CLOEXEC, max(lowest, 64))
            guard copy >= 0 else { throw Fault(reason: String(cString: strerror(errno))) }
            moved.append(copy)
            wanted.append(assay_descriptor(source: copy, target: target))
        }
        let arguments = cStrings(words)
        let variables = environment.map(cStrings)
        defer {
            for pointer in arguments { free(pointer) }
            for pointer in variables ?? [] { free(pointer) }
        }
        var pid: pid_t = 0
        let status = arguments.withUnsafeBufferPointer { arguments in
            guard let variables else {
                return assay_spawn(
                    &pid, arguments.baseAddress, nil, directory, wanted, Int32(wanted.count))
            }
            return variables.withUnsafeBufferPointer {
                assay_spawn(
                    &pid, arguments.baseAddress, $0.baseAddress, directory, wanted,
                    Int32(wanted.count))
            }
        }
        guard status == 0 else {
            throw Fault(reason: "\(words[0]): \(String(cString: strerror(status)))")
        }
        return pid
    }

    /// Where the PATH has `program`, or nil.
    static func find(_ program: String) -> String? {
        guard !program.contains("/") else {
            return access(program, X_OK) == 0 ? program : nil
        }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        return path.split(separator: ":").map { "\($0)/\(program)" }.first {
            access($0, X_OK) == 0
        }
    }

    private static func cStrings(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
        texts.map { strdup($0) } + [nil]
    }
}
