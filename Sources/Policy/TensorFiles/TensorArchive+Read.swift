internal import Tensors

extension TensorArchive {
    /// Reads a tensor of floats into memory of the caller's.
    ///
    /// - Parameters:
    ///   - name: the tensor's name.
    ///   - target: room for `count` floats.
    ///   - count: how many the tensor must have.
    ///   - requiresFinite: whether NaN and infinity are an error.
    /// - Returns: whether all values are finite.
    /// - Throws: `PolicyError.tensorFile` for a name that is not there, a type other than F32, F16 and
    ///   BF16, another number of values, and values that are not finite where that is asked for; then
    ///   `target` holds them nevertheless. `PolicyError.file` where the file was cut since.
    @discardableResult
    public func read(
        _ name: String, into target: UnsafeMutablePointer<Float>, count: Int,
        requiresFinite: Bool = false
    ) throws(PolicyError) -> Bool {
        guard let entry = entry(name) else {
            throw .tensorFile(tensor: name, reason: "is not in the file")
        }
        let part = parts[entry.part]
        do throws(PolicyError) {
            guard let type = entry.elementType else {
                throw PolicyError.tensorFile(
                    tensor: name, reason: "has type \(entry.type), not F32, F16 or BF16")
            }
            guard entry.count == count else {
                throw PolicyError.tensorFile(
                    tensor: name, reason: "has \(entry.count) values, not \(count)")
            }
            let isFinite = try part.bytes.read { bytes throws(PolicyError) in
                guard count > 0, let start = bytes.baseAddress else { return true }
                return type.stored.read(
                    start + entry.range.lowerBound, count: count, into: target)
            }
            part.bytes.release(entry.range)
            guard isFinite || !requiresFinite else {
                throw PolicyError.tensorFile(tensor: name, reason: "has values that are not finite")
            }
            return isFinite
        } catch { throw error.located(in: part.label) }
    }

    /// Reads all tensors; for small files, as every number is kept twice while this runs.
    ///
    /// - Throws: as `read(_:into:count:requiresFinite:)`.
    public func content() throws(PolicyError) -> SafeTensors.Content {
        var content = SafeTensors.Content(tensors: [], metadata: metadata)
        for entry in entries {
            // Refused before there is room for it.
            guard entry.elementType != nil else {
                throw .tensorFile(
                    tensor: entry.name, reason: "has type \(entry.type), not F32, F16 or BF16")
            }
            var result: Result<Bool, PolicyError> = .success(true)
            let values = [Float](unsafeUninitializedCapacity: entry.count) { buffer, count in
                guard let target = buffer.baseAddress else { return }
                result = Result { () throws(PolicyError) in
                    try read(entry.name, into: target, count: entry.count)
                }
                count = (try? result.get()) == nil ? 0 : entry.count
            }
            _ = try result.get()
            content.tensors.append(
                SafeTensors.Tensor(name: entry.name, shape: entry.shape, values: values))
        }
        return content
    }
}
