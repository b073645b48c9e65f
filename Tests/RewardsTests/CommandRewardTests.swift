import Foundation
import Rollouts
import Testing

@testable import Rewards

/// Programs run for real: in sh, since every machine has it.
@Suite(.enabled(if: Sandbox.obstacle == nil, "bubblewrap does not work here"))
struct CommandRewardTests {
    private func grader(_ settings: String) throws -> RewardScorer {
        try scorer("name: s\nrewards: [{name: c, type: command, \(settings)}]\noutcome: c\n")
    }

    /// A grader of the completion as a shell script, with small limits.
    private func shell(_ settings: String = "") throws -> RewardScorer {
        try grader(
            "run: [sh, a.sh], files: {a.sh: '{completion}'}, timeout_seconds: 2, memory_mb: 64, "
                + "disk_mb: 1, output_kb: 10, processes: 20, on_limit: unscored\(settings)")
    }

    private func score(_ grader: RewardScorer, _ text: String, _ fields: [String: JSONValue] = [:])
        -> Score
    {
        grader.score([ScoringInput(completion: text, gold: "7", fields: fields)])[0]
    }

    @Test("the exit status is the verdict, and the reason says what the program said last")
    func exits() throws {
        let grader = try shell()
        #expect(score(grader, "exit 0").outcome == 1)
        let failed = score(grader, "echo first >&2; echo no such thing >&2; exit 3")
        #expect(failed.outcome == 0)
        #expect(failed.reason == "exit status 3: no such thing")
        #expect(score(grader, "kill -9 $$").reason.hasPrefix("ended by signal 9"))
    }

    @Test("limits are statuses, and the next completion is judged as if nothing had been")
    func limits() throws {
        let grader = try shell(", parallel: 1")
        let texts = [
            "exit 0", "while :; do sleep 1; done", "exit 0", "yes", "exit 0",
            "f() { f | f & }; f; sleep 9", "exit 0",
            "exec >&- 2>&-; sleep 60", "exit 0",
            "head -c 3000000 /dev/zero > big || exit 5", "exit 0",
        ]
        let scores = grader.score(texts.map { ScoringInput(completion: $0) })
        #expect(scores.indices.filter { $0 % 2 == 0 }.allSatisfy { scores[$0].outcome == 1 })
        #expect(scores[1].status == .timeout)
        #expect(scores[3].status == .resourceLimit)
        // A fork bomb runs out of processes or of time, and takes nobody with it.
        #expect(scores[5].outcome != 1)
        #expect(scores[7].status == .timeout)
        #expect(scores[9].outcome != 1)
    }

    @Test("memory counts over all processes together")
    func memory() throws {
        // Each tail keeps 20 MB while it waits for more.
        let text = """
            for i in 1 2 3 4 5; do
              (head -c 20000000 /dev/zero; sleep 60) | tail -c 20000000 > /dev/null &
            done
            wait
            """
        let settings =
            "run: [sh, a.sh], files: {a.sh: '{completion}'}, timeout_seconds: 40, memory_mb: 64"
        let found = score(try grader(settings + ", on_limit: unscored"), text)
        #expect(found.status == .resourceLimit, "\(found.reason)")
        #expect(found.reason == "held more than 64 MB")
        #expect(score(try grader(settings), text).outcome == 0)
    }

    @Test("memory that is shared, or a file in memory, counts; folders are bounded")
    func hiddenMemory() throws {
        let small = "timeout_seconds: 20, memory_mb: 64, disk_mb: 8, on_limit: unscored"
        let python = try grader("run: [python3, a.py], files: {a.py: '{completion}'}, \(small)")
        let shared =
            "import mmap, time\nm = mmap.mmap(-1, 400 << 20)\nfor i in range(0, 400 << 20, 4096): m[i] = 1\ntime.sleep(15)"
        let nameless =
            "import os, time\nfor n in range(30):\n  f = os.memfd_create(str(n))\n  os.write(f, bytes(8000000))\ntime.sleep(15)"
        for text in [shared, nameless] {
            let found = score(python, text)
            // Without Python here there is nothing to try.
            if found.status == .infrastructureError { return }
            #expect(found.status == .resourceLimit, "\(found.reason)")
        }
        let shell = try shell()
        for path in ["/dev/shm/x", "/tmp/x", "/srv/x", "/x", "/dev/x"] {
            let text = "head -c 3000000 /dev/zero > \(path) && test $(wc -c < \(path)) = 3000000"
            #expect(score(shell, text).outcome != 1, "\(path)")
        }
    }

    @Test("a program that leaves with the status of a limit has passed none")
    func statuses() throws {
        let grader = try shell()
        for status in [152, 153, 137] { #expect(score(grader, "exit \(status)").outcome == 0) }
    }

    @Test(
        "words are compared exactly but for decimals",
        arguments: [
            ("1000001", "1000000", false), ("998244352", "998244353", false), ("0x10", "16", false),
            ("0", "0.0000005", false), ("0.3333333", "0.33333331", true), ("1e3", "1000.0", true),
            ("a  b\nc", "a b c", true), ("nan", "nan", true), ("3.0", "3", true),
        ])
    func words(printed: String, wanted: String, same: Bool) {
        #expect(
            CommandCase.Comparison.words.holds(Array(printed.utf8), Array(wanted.utf8)) == same)
    }

    @Test("nothing of the machine is seen: no network, no files, no variables, no descriptors")
    func confinement() throws {
        setenv("ASSAY_TEST_SECRET", "hidden", 1)
        defer { unsetenv("ASSAY_TEST_SECRET") }
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                #expect(bind(listener, address, length) == 0)
                #expect(listen(listener, 8) == 0)
                getsockname(listener, address, &length)
            }
            return UInt16(bigEndian: $0.pointee.sin_port)
        }
        let grader = try shell()
        let here = FileManager.default.currentDirectoryPath
        let escapes = [
            "bash -c 'echo > /dev/tcp/127.0.0.1/\(port)'", "cat /etc/passwd", "ls '\(here)'",
            "env | grep SECRET", "grep -a SECRET /proc/1/environ", "echo x > /usr/x",
            "test $(ls /proc/self/fd | wc -l) -gt 4", "test $(ls /proc | grep -c '^[0-9]') -gt 9",
            "test $(id -u) = 0", "unshare -U true",
        ]
        for text in escapes {
            let found = score(grader, text)
            #expect(found.outcome == 0, "\(text): \(found.reason)")
        }
        #expect(score(grader, "echo x > mine && test -e mine").outcome == 1)
        #expect(score(grader, "test -e mine").outcome == 0)
    }

    @Test("a token must be printed last, so that leaving early passes no test")
    func token() throws {
        let grader = try grader(
            "run: [sh, a.sh], verdict: token, files: {a.sh: \"{completion}\\necho {token}\\n\"}")
        #expect(score(grader, "true").outcome == 1)
        #expect(score(grader, "exit 0").outcome == 0)
        #expect(score(grader, "echo {token}; exit 0").outcome == 0)
    }

    @Test("cases are compared outside of the sandbox", arguments: ["all", "share"])
    func cases(pay: String) throws {
        let grader = try grader(
            "run: [sh, a.sh], files: {a.sh: '{code}'}, code: [sh], cases: tests, pay: \(pay)")
        let cases: JSONValue = .array(
            [("1 2", "3\n"), ("5 6", "11"), ("0 0", "0")].map {
                .object(["input": .string($0.0), "output": .string($0.1)])
            })
        let flat = JSONValue.object([
            "inputs": .array([.string("1 2"), .string("5 6")]),
            "outputs": .array([.integer(3), .array([.string("11")])]),
        ])
        let right = "```sh\nread a b; echo $((a + b))  \n```"
        let partly = "```sh\nread a b; echo $((a * 2 + b - 1))\n```"
        for tests in [cases, flat, .string(cases.serialized())] {
            #expect(score(grader, right, ["tests": tests]).outcome == 1)
        }
        #expect(score(grader, partly, ["tests": cases]).outcome == (pay == "all" ? 0 : 1.0 / 3))
        #expect(score(grader, "echo 3", ["tests": cases]).status == .answerMissing)
        for tests in [JSONValue.null, .array([]), .string("{"), .array([.integer(1)])] {
            #expect(score(grader, right, ["tests": tests]).status == .goldUnparseable)
        }
    }

    @Test("values that a program prints are taken within their range only")
    func values() throws {
        let grader = try grader("run: [cat], verdict: value, range: [0, 2]")
        #expect(score(grader, "noise\n1.5\n").outcome == 1.5)
        #expect(score(grader, #"{"value": 2, "reason": "good"}"#).reason == "good")
        for text in ["3", "nan", "", "{}", "\u{0}"] {
            #expect(score(grader, text).status == .infrastructureError, "\(text)")
        }
        let output = try self.grader("run: [cat], verdict: output")
        #expect(score(output, "7 \n\n").outcome == 1)
        #expect(score(output, "8").outcome == 0)
    }

    @Test("which of several blocks of code counts", arguments: ["last", "first", "longest", "all"])
    func blocks(which: String) throws {
        let grader = try grader(
            "run: [sh, a.sh], verdict: value, range: [0, 9], files: {a.sh: '{code}'}, code: [sh], block: \(which)"
        )
        let text = "```sh\necho 1\n```\n```sh\necho 2 # long\n```\n```sh\necho 3\n```"
        let wanted = ["last": 3.0, "first": 1, "longest": 2, "all": 3]
        #expect(score(grader, text).outcome == wanted[which])
    }

    @Test("a program that is not there is a fault of the completion's machine, told once a row")
    func missing() throws {
        let found = score(try grader("run: [no-such-program-here]"), "x")
        #expect(found.status == .infrastructureError && found.reward == nil)
        #expect(found.reason.contains("no-such-program-here"))
        // Files that are put there are programs too.
        let own = try grader("run: [./a.sh], files: {a.sh: '{completion}'}")
        #expect(score(own, "x").status == .scored)
    }

    @Test(
        "settings that cannot mean anything are refused",
        arguments: [
            "run: []", "run: sh", "run: [sh], files: {../x: a}", "run: [sh], files: {/x: a}",
            "run: [sh], files: [a]", "run: [sh], verdict: token", "run: [sh], stdin: '{token}'",
            "run: [sh], cases: t, verdict: exit", "run: [sh], timeout_seconds: 0",
            "run: [sh], memory_mb: 1", "run: [sh], sandbox: docker", "run: [sh], readable: [home]",
        ])
    func refused(settings: String) {
        #expect(throws: RewardError.self) { try grader(settings) }
    }
}

/// Without a sandbox, where the spec says so.
@Suite struct UnconfinedCommandTests {
    @Test("a program runs in a folder of its own, which is gone afterwards")
    func folder() throws {
        let grader = try scorer(
            """
            name: s
            rewards: [{name: c, type: command, run: [sh, in/a.sh], files: {in/a.sh: '{completion}'}, sandbox: none, verdict: value, range: [-1, 1000000]}]
            outcome: c
            """)
        let found = grader.score([ScoringInput(completion: "pwd > f; test -e f && pwd >&2; echo 5")]
        )[0]
        #expect(found.outcome == 5, "\(found.reason)")
    }
}

@Suite struct FencedBlockTests {
    @Test("fences as CommonMark reads them")
    func blocks() {
        let text = """
            a ``` b
            ```Python title="x"
            one
              ~~~
            ````
            two
            ```
            ~~~~
            ```
            ~~~~~
            ```
            ~~~~~
              ```js
              in
            out
               ```
            ``` not a fence ```
            ```c
            open
            """
        #expect(
            FencedBlock.all(in: text[...]) == [
                FencedBlock(language: "python", text: "one\n  ~~~\n"),
                FencedBlock(language: "", text: "~~~~\n"),
                FencedBlock(language: "", text: "```\n"),
                FencedBlock(language: "js", text: "in\nout\n"),
            ])
        #expect(
            FencedBlock.all(in: "```\r\na\u{2028}b\r\n```\r\n") == [
                FencedBlock(language: "", text: "a\u{2028}b\n")
            ])
        let python = FencedBlock(language: "python", text: "x = 1\n  y\n")
        for text in [
            "- Do:\n    ```python\n    x = 1\n      y\n    ```",
            "<answer>```python\nx = 1\n  y\n```</answer>", "Here: ```python3\nx = 1\n  y\n```",
            "```python3.11\nx = 1\n  y\n```", "```python:main.py\nx = 1\n  y\n```The end.",
        ] {
            let found = FencedBlock.all(in: text[...])
            #expect(found.map(\.text) == [python.text], "\(text)")
            #expect(found.first?.language.hasPrefix("python") == true, "\(text)")
        }
    }

    @Test("what stands outside of the reasoning")
    func reasoning() {
        #expect("<think>a</think>b</think>c".behindReasoning == "c")
        #expect("a</think>".behindReasoning == "")
        #expect("b<think>a".behindReasoning == "b")
        #expect("plain".behindReasoning == "plain")
    }
}
