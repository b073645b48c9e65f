import Foundation
import Rollouts
import Testing

/// The golden vectors: the file that `ASSAY_VECTORS` names, else the repository's copy.
///
/// The copy was written by a numpy script in float64 from the formulas alone, each gradient
/// agreeing with a central finite difference; its `meta` holds conventions and tolerances.
struct GoldenFile: Sendable {
    let cases: [String: GoldenCase]
    let lossTolerance: Double
    let gradientTolerance: Double
    let preferenceTolerance: Double

    static let ownPath = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Golden/objectives.json").path

    static let own = Result { try GoldenFile(path: ownPath) }
    static let judged = Result {
        try GoldenFile(
            path: ProcessInfo.processInfo.environment["ASSAY_VECTORS"] ?? ownPath)
    }

    init(path: String) throws {
        let document = try JSONValue.parse(Data(contentsOf: URL(filePath: path)))
        let tolerance = try document["meta"].orMissing("meta")["tolerance"]
        lossTolerance = try (tolerance?["loss"]?.double).orMissing("tolerance.loss")
        gradientTolerance = try (tolerance?["grad"]?.double).orMissing("tolerance.grad")
        preferenceTolerance =
            try (tolerance?["preference_grad"]?.double).orMissing("tolerance.preference_grad")
        var cases: [String: GoldenCase] = [:]
        for value in try (document["cases"]?.array).orMissing("cases") {
            let name = try (value["name"]?.string).orMissing("name")
            cases[name] = GoldenCase(
                name: name, params: value["params"] ?? .null, inputs: value["inputs"] ?? .null,
                expected: value["expected"] ?? .null, lossTolerance: lossTolerance,
                gradientTolerance: gradientTolerance, preferenceTolerance: preferenceTolerance)
        }
        self.cases = cases
    }
}

/// A field that a golden file lacks.
struct MissingField: Error { let name: String }

extension Optional {
    func orMissing(_ name: String) throws -> Wrapped {
        guard let value = self else { throw MissingField(name: name) }
        return value
    }
}

extension JSONValue {
    /// Numbers, with Booleans as 0 and 1.
    var number: Double? {
        if case .bool(let value) = self { return value ? 1 : 0 }
        return double
    }
    var numbers: [Double]? { array?.compactMap(\.number) }
    var table: [[Double]]? { array?.compactMap(\.numbers) }
}

/// One golden case.
struct GoldenCase: Sendable {
    let name: String
    let params: JSONValue
    let inputs: JSONValue
    let expected: JSONValue
    let lossTolerance: Double
    let gradientTolerance: Double
    let preferenceTolerance: Double

    func param(_ key: String) throws -> Double {
        try (params[key]?.double).orMissing("\(name) params.\(key)")
    }
    func int(_ key: String) throws -> Int {
        try (params[key]?.int).orMissing("\(name) params.\(key)")
    }
    func text(_ key: String) throws -> String {
        try (params[key]?.string).orMissing("\(name) params.\(key)")
    }
    func input(_ key: String) throws -> [Double] {
        try (inputs[key]?.numbers).orMissing("\(name) inputs.\(key)")
    }
    func inputTable(_ key: String) throws -> [[Double]] {
        try (inputs[key]?.table).orMissing("\(name) inputs.\(key)")
    }
    func lengths(_ key: String = "lengths") throws -> [Int] { try input(key).map { Int($0) } }
    func flags(_ key: String) throws -> [Bool] { try input(key).map { $0 != 0 } }

    /// Compares numbers with what is expected under `key`.
    func expect(
        _ found: [Double], _ key: String, tolerance: Double? = nil,
        _ location: SourceLocation = #_sourceLocation
    ) throws {
        let value = try expected[key].orMissing("\(name) expected.\(key)")
        let wanted =
            try value.number.map { [$0] }
            ?? (value.table.flatMap { $0.isEmpty ? nil : $0.flatMap { $0 } } ?? value.numbers)
            .orMissing("\(name) expected.\(key)")
        compare(found, wanted, key, tolerance: tolerance ?? lossTolerance, location)
    }

    /// Compares numbers one by one.
    func compare(
        _ found: [Double], _ wanted: [Double], _ key: String, tolerance: Double,
        _ location: SourceLocation = #_sourceLocation
    ) {
        guard found.count == wanted.count else {
            Issue.record(
                "\(name) \(key): \(found.count) numbers, expected \(wanted.count)",
                sourceLocation: location)
            return
        }
        for (index, (a, b)) in zip(found, wanted).enumerated() {
            #expect(
                abs(a - b) <= tolerance * max(1, abs(b)), "\(name) \(key)[\(index)]: \(a) vs \(b)",
                sourceLocation: location)
        }
    }

    /// Compares a rectangular table at the trained positions only.
    func expectMasked(
        _ found: [Double], _ key: String, mask: [Bool], tolerance: Double,
        _ location: SourceLocation = #_sourceLocation
    ) throws {
        let wanted = try (expected[key]?.table).orMissing("\(name) expected.\(key)")
            .flatMap { $0 }
        #expect(found.count == mask.count && wanted.count == mask.count, sourceLocation: location)
        let kept = mask.indices.filter { mask[$0] }
        compare(
            kept.map { found[$0] }, kept.map { wanted[$0] }, key, tolerance: tolerance, location)
    }
}
