import Foundation

extension SpecReader {
    /// What rewards that ask a server have in common: `url`, `headers`, `timeout_seconds`, `attempts`
    /// and `concurrency`.
    mutating func server(
        path: String = "", key: EnvironmentText? = nil
    ) throws(RewardError) -> (client: HTTPClient, lanes: Lanes) {
        let url = try requiredString("url")
        guard url.hasPrefix("http://") || url.hasPrefix("https://") || url.hasPrefix("${"),
            !url.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F })
        else {
            throw .badValue(
                place(of: "url"), key: "url", problem: "must begin with http:// or https://")
        }
        var headers: [String: EnvironmentText] = [:]
        if let key { headers["Authorization"] = EnvironmentText("Bearer \(key.source)") }
        for (name, value) in try texts("headers") {
            let isName =
                !name.isEmpty && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x3A }
            guard isName, !value.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
                throw .badValue(
                    place(of: "headers"), key: "headers",
                    problem: "holds '\(name.prefix(40))', which is no header of one line")
            }
            headers[name] = EnvironmentText(value)
        }
        var policy = HTTPClient.Policy()
        policy.seconds = try double("timeout_seconds", default: 60)
        guard policy.seconds > 0, policy.seconds <= 3600 else {
            throw .badValue(
                place(of: "timeout_seconds"), key: "timeout_seconds",
                problem: "must be above 0 and at most 3600")
        }
        policy.attempts = try int("attempts", in: 1...20, default: 4)
        policy.pause = try double("pause_seconds", default: 1)
        guard policy.pause >= 0, policy.pause <= 60 else {
            throw .badValue(
                place(of: "pause_seconds"), key: "pause_seconds", problem: "must be within 0…60")
        }
        let lanes = Lanes(try int("concurrency", in: 1...256, default: 16))
        let separator = path.isEmpty || url.hasSuffix("/") ? "" : "/"
        let address = EnvironmentText(url + separator + path)
        return (HTTPClient(url: address, headers: headers, policy: policy), lanes)
    }
}
