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
            (#"{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}"#, 4),
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
