extension TransformerConfiguration {
    /// Parameters of a model of this shape, none of which is made.
    package func countedParameters() throws(PolicyError) -> Int {
        try validate()
        return ParameterLayout(self).count
    }

    /// Numbers of an adapter of a model of this shape.
    package func countedParameters(of adapter: LowRankSettings) throws(PolicyError) -> Int {
        try validate()
        return ParameterLayout(self).views.filter {
            LowRankAdapter.isTarget($0, adapter.targets)
        }.reduce(0) { $0 + adapter.rank * $1.shape.reduce(0, +) }
    }
}
