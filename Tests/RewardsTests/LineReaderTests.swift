import Foundation
import Testing

@testable import Rewards

@Suite struct LineReaderTests {
    static func lines(_ text: String, limit: Int = 100, block: Int) throws -> [String] {
        let pipe = Pipe()
        pipe.fileHandleForWriting.write(Data(text.utf8))
        try pipe.fileHandleForWriting.close()
        var reader = LineReader(pipe.fileHandleForReading, limit: limit, blockSize: block)
        var found: [String] = []
        while let line = try reader.next() {
            #expect(line.number == found.count + 1)
            found.append(line.isTooLong ? "too long" : String(decoding: line.bytes, as: UTF8.self))
        }
        return found
    }

    @Test(arguments: [1, 2, 3, 7, 4096])
    func lineEndsOfBothKinds(block: Int) throws {
        #expect(try Self.lines("a\r\nb\n\nc", block: block) == ["a", "b", "", "c"])
        #expect(try Self.lines("a\n", block: block) == ["a"])
        #expect(try Self.lines("", block: block) == [])
        #expect(try Self.lines("\n", block: block) == [""])
    }

    @Test(arguments: [1, 3, 4096])
    func aByteOrderMarkIsSkipped(block: Int) throws {
        #expect(try Self.lines("\u{FEFF}a\n\u{FEFF}b", block: block) == ["a", "\u{FEFF}b"])
    }

    @Test(arguments: [1, 4, 4096])
    func aLongLineIsSkippedAndTheNextIsRead(block: Int) throws {
        let long = String(repeating: "x", count: 50)
        #expect(
            try Self.lines("a\n\(long)\nb\n\(long)", limit: 10, block: block)
                == ["a", "too long", "b", "too long"])
        let exact = String(repeating: "y", count: 10)
        #expect(try Self.lines("\(exact)\n", limit: 10, block: block) == [exact])
    }
}
