public import Foundation
import Rollouts

/// What a partial output was made from: a run goes on only where all of it is the same.
public struct ScoringIdentity: Sendable, Equatable, Codable {
    /// An input file.
    public struct Input: Sendable, Equatable, Codable {
        /// As it was named.
        public var name: String
        /// In bytes; nil for a pipe.
        public var size: Int?
        /// SHA-256 of its first MiB; nil for a pipe.
        public var head: String?
    }

    /// The inputs in order.
    public var inputs: [Input]
    /// `name@version` of the spec.
    public var verifier: String
    /// The spec's configuration hash.
    public var configHash: String
    /// The part of the rows, or nil for all.
    public var shard: String?
    /// Names of members that were given beside the spec.
    public var columns: [String]

    /// What a run is about to do.
    public init(
        inputs: [String], spec: RewardSpec, shard: RowShard?, columns: [String]
    ) {
        self.inputs = inputs.map(Self.describe)
        verifier = spec.verifier
        configHash = spec.configHash
        self.shard = shard?.description
        self.columns = columns
    }

    private static func describe(_ path: String) -> Input {
        var status = stat()
        guard path != "-", stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            let handle = FileHandle(forReadingAtPath: path)
        else { return Input(name: path) }
        let head = (try? handle.read(upToCount: 1 << 20)) ?? Data()
        try? handle.close()
        return Input(
            name: path, size: Int(status.st_size), head: SHA256.hex(of: [UInt8](head)))
    }

    /// What differs from another run, in words; nil where nothing does.
    func difference(from other: ScoringIdentity) -> String? {
        if verifier != other.verifier || configHash != other.configHash {
            return "the spec was \(other.verifier) (\(other.configHash.prefix(12))) and is "
                + "\(verifier) (\(configHash.prefix(12)))"
        }
        if shard != other.shard {
            return "the shard was \(other.shard ?? "all") and is \(shard ?? "all")"
        }
        if columns != other.columns { return "the columns are others" }
        if inputs.map(\.name) != other.inputs.map(\.name) {
            return "the inputs were \(other.inputs.map(\.name).joined(separator: ", "))"
        }
        let changed = zip(inputs, other.inputs).first { $0 != $1 }
        return changed.map { "\($0.0.name) has changed since" }
    }
}

/// An output that may be gone on with after its process was killed.
///
/// Records go to `PATH.partial`, and `PATH.journal` says after every few hundred milliseconds how far
/// they belong to finished rows. Going on cuts the partial file there; finishing renames it.
public final class ResumableFile {
    /// Where the whole file will stand.
    public let path: String
    /// Where records stand until then.
    public var partialPath: String { path + ".partial" }
    /// Where the run begins.
    public private(set) var start = ScoringPosition()
    private var journalPath: String { path + ".journal" }
    private let records: FileHandle
    private var journal: FileHandle
    private var written = 0
    private var lastMark = ContinuousClock.now
    private var markedBytes = 0

    /// Bytes of output after which the journal is written at the latest.
    private static let markBytes = 8 << 20
    /// Bytes of the journal after which it begins anew.
    private static let longestJournal = 4 << 20
    private var journalBytes = 0
    private let identity: ScoringIdentity
    private let markTime: Duration

    /// Opens the partial file, from its beginning or, with `resuming`, from where its journal ends.
    ///
    /// - Throws: `unwritable`; `notResumable` where the partial output was made from something else,
    ///   or another process writes it.
    public init(
        path: String, identity: ScoringIdentity, resuming: Bool,
        markTime: Duration = .milliseconds(200)
    ) throws(RewardError) {
        self.path = path
        self.identity = identity
        self.markTime = markTime
        records = try Self.open(path + ".partial", append: resuming)
        guard flock(records.fileDescriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw .notResumable(path: path, reason: "another process is writing it")
        }
        let entries = resuming ? Self.entries(path + ".journal") : []
        journal = try Self.open(path + ".journal", append: resuming && !entries.isEmpty)
        if let header = entries.first {
            guard let before = try? JSONDecoder().decode(ScoringIdentity.self, from: header) else {
                throw .notResumable(path: path, reason: "its journal is damaged")
            }
            if let difference = identity.difference(from: before) {
                throw .notResumable(path: path, reason: difference)
            }
            // The last line may have been cut.
            for entry in entries.dropFirst().reversed() {
                guard let found = try? JSONDecoder().decode(ScoringPosition.self, from: entry)
                else { continue }
                start = found
                break
            }
        }
        written = start.bytes
        markedBytes = written
        do {
            let size = try records.seekToEnd()
            guard size >= UInt64(start.bytes) else {
                throw RewardError.notResumable(
                    path: path, reason: "\(path).partial is shorter than its journal says")
            }
            try records.truncate(atOffset: UInt64(start.bytes))
            if entries.isEmpty {
                try journal.truncate(atOffset: 0)
                try append(try JSONEncoder().encode(identity))
            } else {
                // A cut line must not join the next one.
                try journal.seekToEnd()
                try journal.write(contentsOf: Data("\n".utf8))
            }
        } catch let error as RewardError {
            throw error
        } catch {
            throw .unwritable(path: path, reason: error.localizedDescription)
        }
    }

    private static func open(_ path: String, append: Bool) throws(RewardError) -> FileHandle {
        let flags = O_RDWR | O_CREAT | O_CLOEXEC
        let descriptor = Foundation.open(path, flags, 0o644)
        guard descriptor >= 0 else {
            throw .unwritable(path: path, reason: String(cString: strerror(errno)))
        }
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    private static func entries(_ path: String) -> [Data] {
        guard let data = FileManager.default.contents(atPath: path) else { return [] }
        return data.split(separator: 0x0A).map { Data($0) }
    }

    private func append(_ line: Data) throws {
        try journal.seekToEnd()
        try journal.write(contentsOf: line + Data("\n".utf8))
    }

    /// Puts a journal with its last entry alone in the place of the long one, by one rename.
    private func restartJournal() throws {
        let entries = Self.entries(journalPath)
        let last = entries.dropFirst().last {
            (try? JSONDecoder().decode(ScoringPosition.self, from: $0)) != nil
        }
        var data = try JSONEncoder().encode(identity) + Data("\n".utf8)
        if let last { data += last + Data("\n".utf8) }
        let next = journalPath + ".next"
        try data.write(to: URL(fileURLWithPath: next))
        guard rename(next, journalPath) == 0 else {
            throw RewardError.unwritable(
                path: journalPath, reason: String(cString: strerror(errno)))
        }
        try journal.close()
        journal = try Self.open(journalPath, append: true)
        journalBytes = 0
    }

    /// Writes the records up to a position, and now and then the position itself.
    public func write(_ bytes: Data, upTo position: ScoringPosition) throws(RewardError) {
        do {
            try records.write(contentsOf: bytes)
            written += bytes.count
            let now = ContinuousClock.now
            if written - markedBytes >= Self.markBytes || now - lastMark >= markTime {
                var position = position
                position.bytes = written
                let entry = try JSONEncoder().encode(position)
                journalBytes += entry.count
                if journalBytes > Self.longestJournal { try restartJournal() }
                try append(entry)
                markedBytes = written
                lastMark = now
            }
        } catch {
            throw .unwritable(path: partialPath, reason: error.localizedDescription)
        }
    }

    /// Makes the bytes durable, gives the file its name and removes the journal.
    public func finish() throws(RewardError) {
        do {
            try records.synchronize()
            try records.close()
            try journal.close()
        } catch {
            throw .unwritable(path: path, reason: error.localizedDescription)
        }
        guard rename(partialPath, path) == 0 else {
            throw .unwritable(path: path, reason: String(cString: strerror(errno)))
        }
        unlink(journalPath)
    }

    /// Whether a partial output of an earlier run stands there.
    public static func isPartial(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: path + ".journal")
    }
}
