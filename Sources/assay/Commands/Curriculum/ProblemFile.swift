import Curricula
import Foundation
import Rewards
import Rollouts

/// The rows of one file: JSON lines, or the elements of a JSON document.
struct ProblemFile {
    /// One row with its line, or with its place in a document.
    struct Row {
        enum Content {
            case bytes([UInt8])
            case value(JSONValue)
            case fault(String)
        }

        var line: Int
        var content: Content
    }

    /// A document is read as a whole; longer files must be lines.
    private static let longestDocument = 512 << 20

    let path: String
    private var reader: LineReader
    private var elements: ArraySlice<JSONValue>?
    private var elementNumber = 0
    /// What is wrong with the document as a whole; told as its only row.
    private var fault: Row?
    private let longest: Int

    init(_ path: String, longest: Int) throws {
        self.path = path
        self.longest = longest
        reader = LineReader(try Self.open(path), limit: longest)
        if Self.kind(path) == "json" { try readDocument() }
    }

    /// The files that a path names: itself, or everything in a folder that holds rows, in order.
    static func files(at path: String) throws -> [String] {
        var isFolder: ObjCBool = false
        guard path != "-", FileManager.default.fileExists(atPath: path, isDirectory: &isFolder),
            isFolder.boolValue
        else { return [path] }
        let names = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
        let files = names.filter { ["json", "jsonl", "ndjson"].contains(kind($0)) }.sorted()
        guard !files.isEmpty else {
            throw FileFault(
                path: path, reason: "the folder holds no .json or .jsonl file", isWriting: false)
        }
        return files.map { "\(path)/\($0)" }
    }

    /// The ending without what says how the file is packed.
    private static func kind(_ path: String) -> String {
        var parts = path.lowercased().split(separator: "/").last?.split(separator: ".") ?? []
        if ["gz", "zst"].contains(parts.last) { parts.removeLast() }
        return parts.count > 1 ? String(parts.last ?? "") : ""
    }

    private static func open(_ path: String) throws(FileFault) -> FileHandle {
        guard path != "-" else { return .standardInput }
        do {
            return try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        } catch {
            throw FileFault(path: path, reason: error.localizedDescription, isWriting: false)
        }
    }

    mutating func next() throws -> Row? {
        if let told = fault {
            fault = nil
            return told
        }
        if let value = elements?.popFirst() {
            elementNumber += 1
            return Row(line: elementNumber, content: .value(value))
        }
        guard elements == nil, let line = try nextLine() else { return nil }
        if line.isTooLong {
            return Row(
                line: line.number, content: .fault("the line is longer than \(longest) bytes"))
        }
        if line.number == 1, let encoding = Self.wrongEncoding(line.bytes) {
            throw CurriculumError.wrongEncoding(file: path, encoding: encoding)
        }
        return Row(line: line.number, content: .bytes(line.bytes))
    }

    private mutating func nextLine() throws(FileFault) -> LineReader.Line? {
        do {
            return try reader.next()
        } catch {
            throw FileFault(path: path, reason: error.localizedDescription, isWriting: false)
        }
    }

    /// By its byte order mark, or by the zeros between the characters of JSON.
    private static func wrongEncoding(_ bytes: [UInt8]) -> String? {
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            return "UTF-16"
        }
        let start = bytes.prefix(4)
        return start.count == 4 && start.count(where: { $0 == 0 }) == 2 ? "UTF-16" : nil
    }

    /// Takes the file as one document, where it is one; else it stays lines.
    private mutating func readDocument() throws {
        var bytes: [UInt8] = []
        var firstLine: [UInt8]?
        var whole = LineReader(try Self.open(path), limit: Self.longestDocument)
        do {
            while let line = try whole.next() {
                if line.isTooLong || bytes.count > Self.longestDocument { return }
                if firstLine == nil, !line.bytes.isEmpty { firstLine = line.bytes }
                bytes += line.bytes
                bytes.append(0x0A)
            }
        } catch {
            throw FileFault(path: path, reason: error.localizedDescription, isWriting: false)
        }
        let value: JSONValue
        do {
            value = try JSONReader.parse(bytes, allowsNaN: true)
        } catch {
            let isLines = firstLine.map { (try? JSONReader.parse($0, allowsNaN: true)) != nil }
            if isLines != false || Self.wrongEncoding(bytes) != nil { return }
            // Told once, rather than for each line of a document that is printed over many.
            let line = bytes[..<min(error.offset, bytes.count)].count { $0 == 0x0A } + 1
            fault = Row(line: line, content: .fault("the document is not JSON: \(error.reason)"))
            elements = []
            return
        }
        // A question and its answer are one row; any other list is a list of rows.
        if let list = value.array, list.first?["from"] == nil {
            elements = list[...]
        } else {
            elements = [value]
        }
    }
}
