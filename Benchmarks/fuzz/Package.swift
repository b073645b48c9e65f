// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "fuzz",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "assay", path: "../.."),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    ],
    targets: [
        .executableTarget(
            name: "answers-fuzz",
            dependencies: [
                .product(name: "MathAnswers", package: "assay"),
                .product(name: "Rollouts", package: "assay"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        // Two of its sources are links to those that the tests use.
        .executableTarget(
            name: "tensor-fuzz",
            dependencies: [
                .product(name: "Policy", package: "assay"),
                .product(name: "Rollouts", package: "assay"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        .executableTarget(
            name: "tensor-copy",
            dependencies: [
                .product(name: "Policy", package: "assay"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
    ],
    swiftLanguageModes: [.v6]
)
