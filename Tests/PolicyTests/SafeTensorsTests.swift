import Foundation
import Policy
import Testing

@Suite struct SafeTensorsTests {
    private let content = SafeTensors.Content(
        tensors: [
            SafeTensors.Tensor(
                name: "a", shape: [2, 2], values: [1, -2.5, .pi, .leastNonzeroMagnitude]),
            SafeTensors.Tensor(name: "empty", shape: [3, 0], values: []),
            SafeTensors.Tensor(name: "one \"\\\n\u{1} ü", shape: [], values: [7]),
        ], metadata: ["note": "x\ty", "step": "3"])

    @Test("what is written is read, to the bit")
    func roundTrip() throws {
        let data = try SafeTensors.data(content)
        #expect(data.prefix(8).reduce(0) { $0 + Int($1) } > 0 && data.count % 4 == 0)
        #expect(try SafeTensors.content(of: data) == content)
        #expect(try SafeTensors.content(of: (Data([9]) + data).dropFirst()) == content)
        let nothing = SafeTensors.Content(tensors: [])
        #expect(try SafeTensors.content(of: SafeTensors.data(nothing)) == nothing)
    }

    @Test func fileRoundTrip() throws {
        let name = "safetensors-test-\(UUID().uuidString)"
        let url = FileManager.default.temporaryDirectory.appendingPathComponent(name)
        defer { try? FileManager.default.removeItem(at: url) }
        try SafeTensors.write(content, to: url)
        #expect(try SafeTensors.read(url) == content)
        #expect(throws: PolicyError.self) {
            try SafeTensors.read(url.appendingPathComponent("none"))
        }
        #expect(throws: PolicyError.self) {
            try SafeTensors.write(content, to: url.appendingPathComponent("none"))
        }
    }

    private func file(_ header: String, bytes: Int) -> Data {
        withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) }
            + Data(header.utf8) + Data(count: bytes)
    }

    @Test("a sound file with spaces and escapes is read")
    func sound() throws {
        let header = "{ \"a\\u00e9\\ud83d\\ude00\" : {\"shape\":[ 2 ] , \"dtype\":\"F32\","
        let data = file(header + "\"data_offsets\":[0, 8]} }  ", bytes: 8)
        let tensor = try SafeTensors.content(of: data).tensors[0]
        #expect(tensor == SafeTensors.Tensor(name: "aé😀", shape: [2], values: [0, 0]))
    }

    @Test(
        "malformed files are typed errors",
        arguments: [
            ("", 0), ("[]", 0), ("{", 0), ("{}x", 0), ("{}", 4), (" {}", 0),
            (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 0),
            (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 8),
            (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4),
            (#"{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,8]}}"#, 8),
            (#"{"a":{"dtype":"BF16","shape":[2],"data_offsets":[0,3]}}"#, 3),
            (#"{"a":{"dtype":"I8","shape":[4],"data_offsets":[0,4]}}"#, 4),
            (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, 4),
            (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8),
            (#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4),
            (#"{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}"#, 4),
            (#"{"a":{"dtype":"F32","shape":[01],"data_offsets":[0,4]}}"#, 4),
            (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}"#, 4),
            (#"{"a":{"dtype":"F32","shape":[1]}}"#, 4),
            (#"{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 4),
            (#"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}"#, 0),
            (#"{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,0]}}"#, 0),
            (#"{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"a":{}}"#, 0),
            (#"{"__metadata__":{"x":"1","x":"2"}}"#, 0), (#"{"__metadata__":{"x":1}}"#, 0),
            (#"{"\ud800":{}}"#, 0), (#"{"\q":{}}"#, 0), (#"{"\u12"#, 0), ("{\"a\n\":{}}", 0),
        ])
    func malformed(header: String, bytes: Int) {
        #expect(throws: PolicyError.self) {
            try SafeTensors.content(of: file(header, bytes: bytes))
        }
    }

    @Test("halves are read as what they stand for")
    func halves() throws {
        let bits: [(UInt16, Float)] = [
            (0x0000, 0), (0x3C00, 1), (0xC000, -2), (0x3555, 0.333251953125), (0x0001, 0x1p-24),
            (0x03FF, 0x1.ff8p-15), (0x0400, 0x1p-14), (0x7BFF, 65504), (0x7C00, .infinity),
        ]
        let brain: [(UInt16, Float)] = [
            (0x0000, 0), (0x3F80, 1), (0xC000, -2), (0x4049, 3.140625), (0x0001, 0x1p-133),
            (0xFF80, -.infinity),
        ]
        for (type, pairs) in [("F16", bits), ("BF16", brain)] {
            let header =
                #"{"a":{"dtype":"\#(type)","shape":[\#(pairs.count)],"data_offsets":[0,\#(pairs.count * 2)]}}"#
            var data = file(header, bytes: 0)
            for (bits, _) in pairs {
                withUnsafeBytes(of: bits.littleEndian) { data.append(contentsOf: $0) }
            }
            #expect(try SafeTensors.content(of: data).tensors[0].values == pairs.map(\.1))
        }
    }

    @Test("shards are put together by their index, and each mistake has a name")
    func shards() throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "safetensors-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func tensor(_ name: String) -> SafeTensors.Tensor {
            SafeTensors.Tensor(name: name, shape: [1], values: [Float(name.utf8.count)])
        }
        func index(_ text: String) throws {
            try Data(text.utf8).write(to: folder.appending(path: "model.safetensors.index.json"))
        }
        #expect(throws: PolicyError.self) { try SafeTensors.read(folder: folder) }
        for (name, tensors) in [("1", ["a", "bb"]), ("2", ["ccc"])] {
            try SafeTensors.write(
                SafeTensors.Content(tensors: tensors.map(tensor)),
                to: folder.appending(path: "m-\(name).safetensors"))
        }
        try index(
            #"{"metadata":{"total_size":12},"weight_map":{"a":"m-1.safetensors","bb":"m-1.safetensors","ccc":"m-2.safetensors"}}"#
        )
        let content = try SafeTensors.read(folder: folder)
        #expect(content.tensors.map(\.name) == ["a", "bb", "ccc"])
        #expect(content.tensors.map(\.values) == [[1], [2], [3]])
        for bad in [
            "{", "[]", "{}", #"{"weight_map":{}}"#, #"{"weight_map":{"a":1}}"#,
            #"{"weight_map":{"a":"../m-1.safetensors"}}"#,
            #"{"weight_map":{"a":"m-1.safetensors"}}"#,
            #"{"weight_map":{"a":"m-1.safetensors","bb":"m-2.safetensors","ccc":"m-2.safetensors"}}"#,
            #"{"weight_map":{"a":"m-1.safetensors","bb":"m-1.safetensors","d":"m-2.safetensors"}}"#,
            #"{"weight_map":{"a":"m-1.safetensors","bb":"m-1.safetensors","ccc":"m-9.safetensors"}}"#,
        ] {
            try index(bad)
            #expect(throws: PolicyError.self, "\(bad)") { try SafeTensors.read(folder: folder) }
        }
    }

    @Test("two tensors may not overlap, whatever their order in the header")
    func overlap() {
        func entry(_ name: String, _ begin: Int) -> String {
            "\"\(name)\":{\"dtype\":\"F32\",\"shape\":[2],"
                + "\"data_offsets\":[\(begin),\(begin + 8)]}"
        }
        #expect(throws: PolicyError.tensorFile(tensor: "b", reason: "overlaps another")) {
            try SafeTensors.content(of: file("{\(entry("b", 4)),\(entry("a", 0))}", bytes: 12))
        }
        #expect(throws: Never.self) {
            try SafeTensors.content(of: file("{\(entry("b", 8)),\(entry("a", 0))}", bytes: 16))
        }
    }

    @Test func damagedBytes() throws {
        let data = try SafeTensors.data(content)
        for length in 0..<data.count {
            #expect(throws: PolicyError.self) { try SafeTensors.content(of: data.prefix(length)) }
        }
        #expect(throws: PolicyError.self) {
            try SafeTensors.content(of: Data(repeating: 255, count: 64))
        }
        var invalid = file("{\"a\":{}}", bytes: 0)
        invalid[10] = 0xFF
        #expect(throws: PolicyError.self) { try SafeTensors.content(of: invalid) }
    }

    @Test func refusesToWriteWhatCannotBeRead() {
        for tensors in [
            [SafeTensors.Tensor(name: "a", shape: [2], values: [1])],
            [SafeTensors.Tensor(name: "__metadata__", shape: [1], values: [1])],
            [
                SafeTensors.Tensor(name: "a", shape: [1], values: [1]),
                SafeTensors.Tensor(name: "a", shape: [1], values: [1]),
            ],
        ] {
            #expect(throws: PolicyError.self) {
                try SafeTensors.data(SafeTensors.Content(tensors: tensors))
            }
        }
    }
}
