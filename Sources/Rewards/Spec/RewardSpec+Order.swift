extension RewardSpec.Component {
    /// The other components that must be scored before this one, and the keys that name them.
    var references: [(key: String, name: String)] {
        var references: [(key: String, name: String)] = []
        if let onlyIf { references.append(("only_if", onlyIf)) }
        if let unless { references.append(("unless", unless)) }
        if let derived = function as? any DerivedReward {
            let key = function is FormulaReward ? "formula" : "of"
            references += derived.formula.names.map { (key, $0) }
        }
        return references
    }
}

extension RewardSpec {
    /// The components in an order in which each comes after those that it refers to.
    ///
    /// - Parameter place: where a key of a component stands.
    /// - Throws: `unknownReward`; `badValue` where components wait for one another.
    static func order(
        of components: [Component], place: (_ index: Int, _ key: String) -> SourcePlace
    ) throws(RewardError) -> [Int] {
        var order: [Int] = []
        var isDone = [Bool](repeating: false, count: components.count)
        for (index, component) in components.enumerated() {
            let others = components.map(\.name).filter { $0 != component.name }
            for (key, name) in component.references where !others.contains(name) {
                throw .unknownReward(place(index, key), key: key, name: name, known: others)
            }
        }
        while order.count < components.count {
            let ready = components.indices.filter { index in
                !isDone[index]
                    && components[index].references.allSatisfy { reference in
                        components.indices.contains {
                            components[$0].name == reference.name && isDone[$0]
                        }
                    }
            }
            guard !ready.isEmpty else {
                let stuck = components.indices.first { !isDone[$0] } ?? 0
                let reference = components[stuck].references.first
                let key = reference?.key ?? "only_if"
                throw .badValue(
                    place(stuck, key), key: key,
                    problem: "names '\(reference?.name ?? "")', which waits for "
                        + "'\(components[stuck].name)' in turn")
            }
            for index in ready { isDone[index] = true }
            order += ready
        }
        return order
    }
}
