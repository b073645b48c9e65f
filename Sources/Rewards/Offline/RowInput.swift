public import Foundation
import Rollouts

/// A file of rows by the name that messages use.
public struct RowInput: Sendable {
    /// As it was named.
    public var name: String
    /// Its bytes.
    public var handle: FileHandle

    /// An input that is open already.
    public init(name: String, handle: FileHandle) {
        self.name = name
        self.handle = handle
    }
}

/// A part of the rows, chosen by their ids: the same rows whatever their order and whatever files
/// they stand in.
public struct RowShard: Sendable, Equatable, CustomStringConvertible {
    /// Which part, from 0.
    public let index: Int
    /// How many parts there are.
    public let count: Int

    /// The part `index` of `count`; nil outside of 0..<count.
    public init?(_ index: Int, of count: Int) {
        guard count >= 1, index >= 0, index < count else { return nil }
        self.index = index
        self.count = count
    }

    /// Reads `i/n`.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let index = Int(parts[0]), let count = Int(parts[1]) else {
            return nil
        }
        self.init(index, of: count)
    }

    /// `i/n`.
    public var description: String { "\(index)/\(count)" }

    /// Whether the row of this id is in the part: FNV-1a (64 bits) of the id's UTF-8, modulo the
    /// number of parts.
    public func contains(id: String) -> Bool {
        Self.hash(id.utf8) % UInt64(count) == UInt64(index)
    }

    /// FNV-1a in 64 bits.
    static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        return hash
    }
}

/// How far a scoring run has come, to go on from there.
public struct ScoringPosition: Sendable, Equatable, Codable {
    /// Index of the input that is being read.
    public var input = 0
    /// Lines of it that are done.
    public var line = 0
    /// A hash of the last of these lines, by which a run that goes on knows its input again.
    public var lastLine: UInt64 = 0
    /// Bytes of output that are written.
    public var bytes = 0
    /// What has been counted.
    public var summary = ScoringSummary()

    /// The beginning.
    public init() {}
}
