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
        var places: [String: Int] = [:]
        for (index, component) in components.enumerated() { places[component.name] = index }
        // Who waits for whom, and for how many each still waits.
        var waiting = [[Int]](repeating: [], count: components.count)
        var missing = [Int](repeating: 0, count: components.count)
        for (index, component) in components.enumerated() {
            for (key, name) in component.references {
                guard places[name] != index else {
                    throw .badValue(
                        place(index, key), key: key, problem: "names '\(name)' itself")
                }
                guard let other = places[name] else {
                    let others = components.map(\.name).filter { $0 != component.name }
                    throw .unknownReward(place(index, key), key: key, name: name, known: others)
                }
                waiting[other].append(index)
                missing[index] += 1
            }
        }
        var order = components.indices.filter { missing[$0] == 0 }
        var next = 0
        while next < order.count {
            for index in waiting[order[next]] {
                missing[index] -= 1
                if missing[index] == 0 { order.append(index) }
            }
            next += 1
        }
        if let stuck = missing.firstIndex(where: { $0 > 0 }) {
            let reference = components[stuck].references.first
            let key = reference?.key ?? "only_if"
            throw .badValue(
                place(stuck, key), key: key,
                problem: "names '\(reference?.name ?? "")', which waits for "
                    + "'\(components[stuck].name)' in turn")
        }
        return order
    }
}
