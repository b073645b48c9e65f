import Foundation
import Rollouts

/// Where the commands read and print: results to standard output, the rest to standard error.
enum Console {
    /// Writes a line to standard error.
    static func error(_ text: String) {
        FileHandle.standardError.write(Data((text + "\n").utf8))
    }

    /// Whether progress may overwrite its line.
    static var errorIsTerminal: Bool {
        isatty(FileHandle.standardError.fileDescriptor) == 1
            && ProcessInfo.processInfo.environment["TERM"] != "dumb"
    }

    /// How wide the terminal behind standard error is; nil where it does not say.
    static var errorColumns: Int? {
        var size = winsize()
        let found = ioctl(
            FileHandle.standardError.fileDescriptor, UInt(TIOCGWINSZ), &size)
        return found == 0 && size.ws_col > 0 ? Int(size.ws_col) : nil
    }

    /// The content of a file, or of standard input for `-`.
    static func read(_ path: String) throws(FileFault) -> Data {
        do {
            return path == "-"
                ? try FileHandle.standardInput.readToEnd() ?? Data()
                : try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw FileFault(path: path, reason: error.localizedDescription, isWriting: false)
        }
    }

    /// Writes a file as a whole, or standard output for `-`.
    static func write(_ text: String, to path: String) throws(FileFault) {
        do {
            if path == "-" {
                try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
            } else {
                try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
            }
        } catch {
            throw FileFault(path: path, reason: error.localizedDescription, isWriting: true)
        }
    }
}

/// A file that a command could not read or write.
struct FileFault: UserError {
    let path: String
    let reason: String
    let isWriting: Bool

    var description: String {
        "\(path): cannot be \(isWriting ? "written" : "read"): \(reason)"
    }
    var remedy: String { "Check the path, its permissions and the free space." }
    var fault: Fault { isWriting ? .work : .input }
}
