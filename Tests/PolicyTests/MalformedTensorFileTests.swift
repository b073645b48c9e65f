import Foundation
import Policy
import Testing

@Suite struct MalformedTensorFileTests {
    @Test("the sound file that the broken ones are made of is read")
    func sound() throws {
        let archive = try TensorArchive(data: Data(TensorFile.sound.bytes()))
        #expect(
            archive.entries.map(\.name) == ["weight", "half", "brain", "scalar", "empty", "ids"])
        #expect(archive.metadata == ["format": "pt", "é": "A\n"])
        let shards = TensorFile.soundShards
        let sharded = try TensorArchive(index: Data(shards.index.utf8)) { name in
            Data(shards.files[name] ?? [])
        }
        #expect(sharded.entries.map(\.name) == ["a", "b", "c"])
    }

    @Test("every broken file is a typed error that names the tensor")
    func files() throws {
        let files = MalformedTensorFile.all
        #expect(Set(files.map(\.bytes)).count >= 1000, "distinct files")
        for file in files {
            do {
                _ = try TensorArchive(data: Data(file.bytes))
                Issue.record("\(file.what) was opened")
            } catch {
                guard case .tensorFile(let tensor, let reason) = error else {
                    Issue.record("\(file.what): \(error)")
                    continue
                }
                #expect(!reason.isEmpty)
                #expect(file.tensor == "*" || tensor == file.tensor, "\(file.what): \(error)")
            }
        }
    }

    @Test("a file on disk is refused as its bytes are, by its name")
    func onDisk() throws {
        try withFolder { folder in
            let url = folder.appending(path: "x.safetensors")
            for file in MalformedTensorFile.all where file.bytes.count % 16 == 0 {
                try Data(file.bytes).write(to: url)
                do {
                    _ = try TensorArchive(url)
                    Issue.record("\(file.what) was opened")
                } catch {
                    #expect("\(error)".contains("x.safetensors"), "\(file.what): \(error)")
                }
            }
        }
    }

    /// Each wrong index, and what its error must hold.
    private static let indexes: [(text: String, names: String)] = {
        let one = "model-00001-of-00002.safetensors"
        let two = "model-00002-of-00002.safetensors"
        func map(_ text: String) -> String { "{\"weight_map\":\(text)}" }
        func full(a: String) -> String { map("{\"a\":\(a),\"b\":\"\(one)\",\"c\":\"\(two)\"}") }
        let frame = "index.json"
        let texts = [
            "", " ", "null", "[]", "1", "\"x\"", "{", "}", "{}", "{}x", "{\"weight_map\"}",
            "{\"metadata\":{}}", "{\"weight_map\":{}}", "{\"Weight_map\":{\"a\":\"\(one)\"}}",
            map("null"), map("[]"), map("1"), map("\"\(one)\""), map("[{}]"), map("{\"a\"}"),
            map("{\"a\":\"\(one)\"") + "]", "{\"weight_map\":{\"a\":\"\(one)\"},\"weight_map\":{}}",
            "{\"weight_map\":{},\"\\u0077eight_map\":{\"a\":\"\(one)\"}}",
            "{\"metadata\":tru,\"weight_map\":{}}", "{\"metadata\":{,\"weight_map\":{}}",
            "{\"metadata\":-,,\"weight_map\":{}}", "{\"metadata\":\"\\ud800\",\"weight_map\":{}}",
            "{\"x\":" + String(repeating: "[", count: 100_000),
            "{\"x\":" + String(repeating: "{\"x\":", count: 100_000),
            map("{\"\\ud800\":\"\(one)\"}"),
            String(full(a: "\"\(one)\"").dropLast()), full(a: "\"\(one)\"") + "}",
        ]
        let values = [
            "null", "1", "true", "[]", "{}", "[\"\(one)\"]", "\"\"", "\".\"", "\"..\"", "\"/\"",
            "\"/etc/passwd\"", "\"../\(one)\"", "\"./\(one)\"", "\"x/../\(one)\"", "\"\\/\(one)\"",
            "\"..\\u002f\(one)\"", "\"\(one)\\u0000\"", "\"\\u0000\"", "\"\\ud800\"", "\(one)",
            "\"\(two)\"",
        ]
        return texts.map { ($0, frame) } + values.map { (full(a: $0), "tensor a") } + [
            (map("{\"a\":\"\(one)\",\"a\":\"\(one)\"}"), "tensor a"),
            (map("{\"a\":\"\(one)\",\"\\u0061\":\"\(two)\"}"), "tensor a"),
            (
                map("{\"a\":\"\(one)\",\"b\":\"\(one)\"}").replacingOccurrences(of: "b", with: "z"),
                ""
            ),
            (map("{\"a\":\"\(one)\",\"c\":\"\(two)\"}"), "tensor b"),
            (map("{\"b\":\"\(one)\",\"c\":\"\(two)\"}"), "tensor a"),
            (map("{\"a\":\"\(one)\",\"b\":\"\(two)\",\"c\":\"\(two)\"}"), "tensor b"),
            (map("{\"a\":\"\(one)\",\"b\":\"\(one)\",\"c\":\"\(one)\"}"), "tensor c"),
            (
                map("{\"a\":\"\(one)\",\"b\":\"\(one)\",\"c\":\"\(two)\",\"d\":\"\(two)\"}"),
                "tensor d"
            ),
            (full(a: "\"missing.safetensors\""), "missing.safetensors"),
            (full(a: "\"a folder\""), "a folder"), (full(a: "\"a loop\""), "a loop"),
            (full(a: "\"a pipe\""), "a pipe"), (full(a: "\"nothing\""), "nothing"),
            (full(a: "\"a dangling link\""), "a dangling link"),
            (full(a: "\"model.safetensors.index.json\""), "index.json"),
            (full(a: "\"a second name\""), "tensor b"),
        ]
    }()

    @Test("every wrong index, and every shard that is no file, is a typed error with its name")
    func indexes() throws {
        try withFolder { folder in
            let manager = FileManager.default
            func path(_ name: String) -> String { folder.appending(path: name).path }
            for (name, bytes) in TensorFile.soundShards.files {
                try Data(bytes).write(to: folder.appending(path: name))
            }
            try manager.createDirectory(
                atPath: path("a folder"), withIntermediateDirectories: false)
            try manager.createSymbolicLink(
                atPath: path("a loop"), withDestinationPath: path("another loop"))
            try manager.createSymbolicLink(
                atPath: path("another loop"), withDestinationPath: path("a loop"))
            try manager.createSymbolicLink(
                atPath: path("a dangling link"), withDestinationPath: path("gone"))
            try manager.linkItem(
                atPath: path("model-00001-of-00002.safetensors"), toPath: path("a second name"))
            #expect(mkfifo(path("a pipe"), 0o600) == 0)
            try Data().write(to: folder.appending(path: "nothing"))
            let index = folder.appending(path: "model.safetensors.index.json")
            try Data(TensorFile.soundShards.index.utf8).write(to: index)
            #expect(try TensorArchive(folder).entries.count == 3)
            for (text, names) in Self.indexes {
                try Data(text.utf8).write(to: index)
                do {
                    _ = try TensorArchive(folder)
                    Issue.record("\(text.prefix(200)) was opened")
                } catch {
                    #expect(
                        names.isEmpty || "\(error)".contains(names),
                        "\(text.prefix(200)): \(error)")
                }
            }
        }
    }

    @Test("what is no file or folder is a typed error")
    func nothingThere() throws {
        try withFolder { folder in
            for name in ["", "none", "none/none", "a loop"] {
                try? FileManager.default.createSymbolicLink(
                    atPath: folder.appending(path: "a loop").path, withDestinationPath: "a loop")
                #expect(throws: PolicyError.self) {
                    try TensorArchive(folder.appending(path: name))
                }
            }
            #expect(throws: PolicyError.self) { try TensorArchive(URL(filePath: "/dev/zero")) }
        }
    }
}

/// Gives a folder that is removed afterwards.
func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory
        .appending(path: "tensor-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
}
