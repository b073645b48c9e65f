import Foundation
import Policy
import Testing

@Suite struct TensorArchiveTests {
    private func values(
        _ archive: TensorArchive, _ name: String, requiresFinite: Bool = false
    ) throws -> (values: [Float], isFinite: Bool) {
        let count = try #require(archive.entry(name)).count
        var isFinite = false
        let target = UnsafeMutablePointer<Float>.allocate(capacity: count + 1)
        defer { target.deallocate() }
        target.initialize(repeating: -7, count: count + 1)
        isFinite = try archive.read(
            name, into: target, count: count, requiresFinite: requiresFinite)
        #expect(target[count] == -7, "nothing is written beyond the last value")
        return (Array(UnsafeBufferPointer(start: target, count: count)), isFinite)
    }

    private func reason(_ body: () throws -> Void) -> String? {
        do { try body() } catch { return "\(error)" }
        return nil
    }

    @Test("entries have the names, shapes, types and files of what is there")
    func entries() throws {
        let archive = try TensorArchive(data: Data(TensorFile.sound.bytes()))
        #expect(archive.entries.map(\.shape) == [[2, 3], [4], [2, 1], [], [0, 7], [1]])
        #expect(archive.entries.map(\.count) == [6, 4, 2, 1, 0, 1])
        #expect(archive.entries.map(\.type) == ["F32", "F16", "BF16", "F32", "F32", "I64"])
        #expect(archive.entry("half")?.elementType == .float16)
        #expect(archive.entry("ids") != nil && archive.entry("ids")?.elementType == nil)
        #expect(archive.entry("none") == nil && archive.entry("__metadata__") == nil)
    }

    @Test("numbers of every type are read from the file and from memory alike")
    func reading() throws {
        let bytes = TensorFile.sound.bytes()
        let sound = TensorFile.sound.data
        func bits(_ place: Int, _ width: Int) -> UInt32 {
            (0..<width).reduce(0) { $0 | UInt32(sound[place + $1]) << (8 * $1) }
        }
        try withFolder { folder in
            // One byte off alignment, a slice that does not begin at 0, and a mapped file.
            let url = folder.appending(path: "file.safetensors")
            try Data(bytes).write(to: url)
            let archives = [
                try TensorArchive(data: Data(bytes)),
                try TensorArchive(data: (Data([1]) + Data(bytes)).dropFirst()),
                try TensorArchive(url),
            ]
            for archive in archives {
                let floats = try values(archive, "weight")
                #expect(floats.isFinite)
                #expect(floats.values.map(\.bitPattern) == (0..<6).map { bits(4 * $0, 4) })
                let halves = try values(archive, "half").values
                #expect(
                    halves
                        == (0..<4).map { Float(Float16(bitPattern: UInt16(bits(24 + 2 * $0, 2)))) })
                let brains = try values(archive, "brain").values
                #expect(brains.map(\.bitPattern) == (0..<2).map { bits(32 + 2 * $0, 2) << 16 })
                #expect(try values(archive, "scalar").values.map(\.bitPattern) == [bits(36, 4)])
                #expect(try values(archive, "empty") == ([], true))
            }
        }
    }

    @Test("what cannot be read is refused by name")
    func refusals() throws {
        let archive = try TensorArchive(data: Data(TensorFile.sound.bytes()))
        var room: [Float] = [0, 0, 0, 0]
        func read(_ name: String, _ count: Int) -> PolicyError? {
            do throws(PolicyError) {
                try room.withUnsafeMutableBufferPointer { buffer throws(PolicyError) in
                    guard let target = buffer.baseAddress else { return }
                    try archive.read(name, into: target, count: count)
                }
            } catch { return error }
            return nil
        }
        #expect(read("half", 4) == nil)
        #expect(
            read("ids", 1)
                == .tensorFile(tensor: "ids", reason: "has type I64, not F32, F16 or BF16"))
        #expect(read("none", 1) == .tensorFile(tensor: "none", reason: "is not in the file"))
        #expect(read("half", 3) == .tensorFile(tensor: "half", reason: "has 4 values, not 3"))
        #expect(read("half", -1) == .tensorFile(tensor: "half", reason: "has 4 values, not -1"))
        #expect(reason { _ = try archive.content() }?.contains("tensor ids") == true)
    }

    @Test("values that are not finite are told, and refused where that is asked for")
    func finiteness() throws {
        for (type, bits) in [
            ("F32", [0x7F80_0000, 0xFF80_0000, 0x7FC0_0000, 0x7F80_0001, 0xFFFF_FFFF]),
            ("F16", [0x7C00, 0xFC00, 0x7E00, 0x7C01, 0xFFFF]),
            ("BF16", [0x7F80, 0xFF80, 0x7FC0, 0x7F81, 0xFFFF]),
        ] {
            let width = type == "F32" ? 4 : 2
            let entry = TensorFile.entry(
                "a", type: type, shape: "[21]", offsets: "[0,\(21 * width)]")
            for (bits, place) in zip(bits, [0, 1, 9, 19, 20]) {
                var file = TensorFile("{\(entry)}", dataCount: 21 * width)
                let sound = try TensorArchive(data: Data(file.bytes()))
                #expect(try values(sound, "a", requiresFinite: true).isFinite)
                for byte in 0..<width {
                    file.data[place * width + byte] = UInt8(truncatingIfNeeded: bits >> (8 * byte))
                }
                let archive = try TensorArchive(data: Data(file.bytes()))
                let read = try values(archive, "a")
                #expect(!read.isFinite && !read.values[place].isFinite)
                #expect(
                    throws: PolicyError.tensorFile(
                        tensor: "a", reason: "has values that are not finite")
                ) { try values(archive, "a", requiresFinite: true) }
            }
        }
    }

    @Test("a model in one file is read rather than shards beside it")
    func single() throws {
        try withFolder { folder in
            for (name, bytes) in TensorFile.soundShards.files {
                try Data(bytes).write(to: folder.appending(path: name))
            }
            let index = folder.appending(path: "model.safetensors.index.json")
            try Data(TensorFile.soundShards.index.utf8).write(to: index)
            let shards = try TensorArchive(folder)
            #expect(shards.entries.map(\.name) == ["a", "b", "c"])
            #expect(shards.entry("c")?.file == "model-00002-of-00002.safetensors")
            #expect(shards.metadata == ["format": "pt"])
            let file = folder.appending(path: "model.safetensors")
            try Data(TensorFile.sound.bytes()).write(to: file)
            #expect(try TensorArchive(folder).entries.count == 6)
        }
    }

    @Test("links to files are followed, as a cache of models is made of them")
    func links() throws {
        try withFolder { folder in
            let blob = folder.appending(path: "blob")
            try Data(TensorFile.sound.bytes()).write(to: blob)
            try FileManager.default.createSymbolicLink(
                atPath: folder.appending(path: "model.safetensors").path,
                withDestinationPath: "blob")
            #expect(try TensorArchive(folder).entries.count == 6)
        }
    }

    @Test("a file that was cut is an error, one that was replaced is still there")
    func changes() throws {
        try withFolder { folder in
            let url = folder.appending(path: "model.safetensors")
            try Data(TensorFile.sound.bytes()).write(to: url)
            let archive = try TensorArchive(url)
            let before = try values(archive, "weight").values
            try Data("{}".utf8).write(to: folder.appending(path: "other"))
            #expect(rename(folder.appending(path: "other").path, url.path) == 0)
            #expect(try values(archive, "weight").values == before)

            try Data(TensorFile.sound.bytes()).write(to: url)
            let cut = try TensorArchive(url)
            #expect(truncate(url.path, 100) == 0)
            #expect(reason { _ = try values(cut, "weight") }?.contains("was cut") == true)
        }
    }

    @Test("a tensor of many pages is the same when it is read again")
    func again() throws {
        try withFolder { folder in
            let url = folder.appending(path: "x.safetensors")
            let numbers = (0..<100_001).map(Float.init)
            try SafeTensors.write(
                SafeTensors.Content(
                    tensors: ["a", "b"].map { .init(name: $0, shape: [100_001], values: numbers) }),
                to: url)
            let archive = try TensorArchive(url)
            for name in ["a", "b", "a", "b"] {
                let found = try values(archive, name).values
                #expect(found == numbers)
            }
        }
    }

    @Test("threads read at once")
    func threads() throws {
        try withFolder { folder in
            let url = folder.appending(path: "model.safetensors")
            try Data(TensorFile.sound.bytes()).write(to: url)
            let archive = try TensorArchive(url)
            let expected = try values(archive, "half").values
            DispatchQueue.concurrentPerform(iterations: 64) { _ in
                let found = try? values(archive, "half").values
                #expect(found == expected)
            }
        }
    }

    @Test("a sparse file of 64 GB is opened without reading it")
    func large() throws {
        try withFolder { folder in
            let url = folder.appending(path: "model.safetensors")
            let size = 1 << 36
            let header =
                "{\(TensorFile.entry("a", shape: "[\(size / 4 - 2)]", offsets: "[0,\(size - 8)]")),"
                + "\(TensorFile.entry("b", shape: "[2]", offsets: "[\(size - 8),\(size)]"))}"
            let file = TensorFile(header).bytes()
            try Data(file).write(to: url)
            guard truncate(url.path, file.count + size) == 0 else { return }
            let archive = try TensorArchive(url)
            #expect(archive.entry("a")?.count == size / 4 - 2)
            #expect(try values(archive, "b") == ([0, 0], true))
        }
    }
}
