import Foundation
import Policy
import Rollouts
import Testing

@Suite struct TensorArchiveWriterTests {
    /// Values that each type keeps exactly, so that what is read equals what was written.
    private func numbers(_ count: Int, seed: UInt64 = 1) -> [Float] {
        var random = SplitMix64(seed: seed)
        return (0..<count).map { _ in Float(random.below(255) - 127) / 64 }
    }

    private func made(
        _ name: String, _ shape: [Int], _ values: [Float]
    ) -> TensorArchiveWriter.Tensor {
        TensorArchiveWriter.Tensor(name: name, shape: shape) { range, target in
            for place in range { target[place - range.lowerBound] = values[place] }
        }
    }

    private func reason(_ body: () throws -> Void) -> String {
        do { try body() } catch { return "\(error)" }
        return ""
    }

    @Test(
        "what is written is read, over several pieces", arguments: SafeTensors.ElementType.allCases)
    func roundTrip(type: SafeTensors.ElementType) throws {
        // One value more than two pieces hold.
        let many = numbers(2 * (1 << 18) + 1)
        let few = numbers(6, seed: 2)
        try withFolder { folder in
            let url = folder.appending(path: "x.safetensors")
            let writer = TensorArchiveWriter(
                elementType: type, metadata: ["format": "pt", "é\n": "\""], isDurable: true)
            try few.withUnsafeBufferPointer { buffer in
                guard let start = buffer.baseAddress else { return }
                try writer.write(
                    [
                        made("many", [many.count], many), made("empty", [0, 3], []),
                        TensorArchiveWriter.Tensor(name: "few ü \"", shape: [2, 3], values: start),
                        made("one", [], [-0.5]),
                    ], to: url)
            }
            let content = try SafeTensors.read(url)
            #expect(content.metadata == ["format": "pt", "é\n": "\""])
            #expect(content.tensors.map(\.name) == ["many", "empty", "few ü \"", "one"])
            #expect(content.tensors.map(\.values) == [many, [], few, [-0.5]])
            #expect(try TensorArchive(url).entries.allSatisfy { $0.elementType == type })
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 1)
        }
    }

    @Test("memory and pieces give the same bytes as `SafeTensors.data`")
    func sameBytes() throws {
        let values = numbers(300_000)
        let content = SafeTensors.Content(
            tensors: [SafeTensors.Tensor(name: "a", shape: [3, 100_000], values: values)],
            metadata: ["format": "pt"])
        try withFolder { folder in
            let url = folder.appending(path: "x.safetensors")
            try TensorArchiveWriter().write([made("a", [3, 100_000], values)], to: url)
            #expect(try Data(contentsOf: url) == SafeTensors.data(content))
        }
    }

    @Test("shards are filled in order, a tensor beyond the limit has its own")
    func shards() throws {
        let sizes = [6, 6, 2, 30, 6, 2, 2, 0]
        try withFolder { folder in
            let tensors = sizes.enumerated().map { made("t\($0)", [$1], numbers($1)) }
            let names = try TensorArchiveWriter().write(tensors, folder: folder, shardSize: 40)
            #expect(
                names == (1...4).map { "model-0000\($0)-of-00004.safetensors" }
                    + ["model.safetensors.index.json"])
            let archive = try TensorArchive(folder)
            let files = (0..<sizes.count).map { archive.entry("t\($0)")?.file }
            let expected = [1, 3, 3, 2, 4, 4, 4, 4]
            #expect(files == expected.map { "model-0000\($0)-of-00004.safetensors" })
            for (number, size) in sizes.enumerated() {
                let content = try archive.content().tensors.first { $0.name == "t\(number)" }
                #expect(content?.values == numbers(size))
            }
            let index = try JSONValue.parse(
                Data(contentsOf: folder.appending(path: "model.safetensors.index.json")))
            #expect(index["metadata"]?["total_size"] == .integer(Int64(4 * sizes.reduce(0, +))))
            #expect(index["weight_map"]?["t2"]?.string == names[2])
        }
    }

    @Test("a model that fits is one file without an index")
    func single() throws {
        try withFolder { folder in
            let writer = TensorArchiveWriter(elementType: .bfloat16)
            let empty = try writer.write([], folder: folder)
            let names = try writer.write([made("a", [2], [1, 2])], folder: folder)
            #expect(empty == ["model.safetensors"] && names == empty)
            #expect(try SafeTensors.read(folder: folder).tensors.map(\.values) == [[1, 2]])
            // Readers would take the single file instead.
            let message = reason {
                try writer.write(
                    [made("a", [2], [1, 2]), made("b", [2], [1, 2])], folder: folder, shardSize: 4)
            }
            #expect(message.contains("in place of the shards"))
        }
    }

    @Test("a number that the type cannot hold is refused by its tensor, and nothing is replaced")
    func overflow() throws {
        try withFolder { folder in
            let url = folder.appending(path: "x.safetensors")
            try TensorArchiveWriter().write([made("old", [1], [1])], to: url)
            for (type, value) in [
                (SafeTensors.ElementType.float16, Float(65520)), (.float16, -1e9),
                (.bfloat16, .greatestFiniteMagnitude),
            ] {
                let writer = TensorArchiveWriter(elementType: type)
                let message = reason {
                    try writer.write([made("a", [1], [1]), made("b", [2], [1, value])], to: url)
                }
                #expect(message == "safetensors: tensor b: has values beyond \(type.rawValue)")
            }
            #expect(try TensorArchive(url).entries.map(\.name) == ["old"])
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 1)
            let infinite = [Float.infinity, -.infinity]
            try TensorArchiveWriter(elementType: .float16).write(
                [made("a", [2], infinite)], to: url)
            #expect(try SafeTensors.read(url).tensors[0].values == infinite)
        }
    }

    @Test("what could not be read is not written")
    func refusals() throws {
        try withFolder { folder in
            let url = folder.appending(path: "x.safetensors")
            let writer = TensorArchiveWriter()
            let one = made("a", [1], [1])
            for (tensors, names) in [
                ([one, one], "tensor a"), ([made("__metadata__", [1], [1])], "__metadata__"),
                ([made("x\0", [1], [1])], "NUL"), ([made("n", [-1], [])], "tensor n"),
                ([made("n", [.max, 2], [])], "tensor n"),
                ([made("n", [Int](repeating: 1, count: 65), [1])], "tensor n"),
            ] {
                #expect(reason { try writer.write(tensors, to: url) }.contains(names))
                #expect(
                    reason { try writer.write(tensors, folder: folder, shardSize: 1) }
                        .contains(names))
            }
            #expect(reason { try writer.write([one], folder: folder, shardSize: 0) } != "")
            let nowhere = folder.appending(path: "none/x.safetensors")
            #expect(reason { try writer.write([one], to: nowhere) }.contains("none/x.safetensors"))
            #expect(reason { try writer.write([one], to: folder) } != "")
            let failing = TensorArchiveWriter.Tensor(name: "f", shape: [1]) {
                _, _ throws(PolicyError) in throw .cancelled
            }
            #expect(throws: PolicyError.cancelled) { try writer.write([failing], to: url) }
            let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            #expect(left.isEmpty)
        }
    }
}
