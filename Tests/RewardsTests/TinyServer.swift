import Foundation
import Synchronization

/// An HTTP server of one page for tests: each request is answered by a function of its body.
final class TinyServer: Sendable {
    /// A status, further headers and a body; nil for a server that hangs.
    typealias Answer = (status: Int, headers: String, body: String)?

    let port: UInt16
    private let listener: Int32
    private let heads = Mutex<[String]>([])

    var url: String { "http://127.0.0.1:\(port)" }
    /// The request lines and headers so far.
    var requests: [String] { heads.withLock(\.self) }

    init(_ answer: @escaping @Sendable (String) -> Answer) {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        port = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                precondition(bind(listener, address, length) == 0 && listen(listener, 64) == 0)
                getsockname(listener, address, &length)
            }
            return UInt16(bigEndian: $0.pointee.sin_port)
        }
        Thread { [self] in
            while case let connection = accept(listener, nil, nil), connection >= 0 {
                Thread { self.serve(connection, answer) }.start()
            }
        }.start()
    }

    /// No further connection is taken.
    func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

    private func serve(_ connection: Int32, _ answer: @Sendable (String) -> Answer) {
        defer { close(connection) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let text = String(decoding: bytes, as: UTF8.self)
            if let end = text.range(of: "\r\n\r\n") {
                let head = String(text[..<end.lowerBound])
                let size =
                    head.lowercased().components(separatedBy: "content-length: ").last
                    .flatMap { Int($0.prefix { $0.isNumber }) } ?? 0
                let start = text[..<end.upperBound].utf8.count
                if bytes.count >= start + size {
                    heads.withLock { $0.append(head) }
                    let body = String(decoding: bytes[start..<start + size], as: UTF8.self)
                    bytes.removeFirst(start + size)
                    guard let reply = answer(body) else {
                        sleep(60)
                        return
                    }
                    let response =
                        "HTTP/1.1 \(reply.status) X\r\n\(reply.headers)Content-Length: \(reply.body.utf8.count)\r\n\r\n\(reply.body)"
                    _ = Array(response.utf8).withUnsafeBytes {
                        send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                    }
                    continue
                }
            }
            let count = recv(connection, &block, block.count, 0)
            guard count > 0 else { return }
            bytes += block[..<count]
        }
    }
}
