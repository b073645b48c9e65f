import Foundation
import Testing

@testable import assay

@Suite struct TestCommandTests {
    @Test func foldersStandForTheirSpecs() throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "assay-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.path(percentEncoded: false)
        #expect(throws: (any Error).self) { try TestCommand.specFiles([path]) }
        for name in ["b.yaml", "a.yml", "notes.md"] {
            try Data().write(to: folder.appending(path: name))
        }
        let root = path.hasSuffix("/") ? path : path + "/"
        #expect(
            try TestCommand.specFiles([path, root + "notes.md"])
                == [root + "a.yml", root + "b.yaml", root + "notes.md"])
        #expect(throws: (any Error).self) { try TestCommand.specFiles([root + "none"]) }
    }
}
