/// A self-contained page: nothing is fetched, and no script runs but the one that it is given.
package enum HTMLPage {
    /// The whole page around `body`, which is HTML; `title` is plain text.
    ///
    /// The page's own policy lets a browser run `script` alone, by its hash: text that got past the escaping would
    /// still not run.
    package static func text(title: String, body: String, script: PageScript? = nil) -> String {
        let allowed = script.map { "script-src 'sha256-\($0.hash)';" } ?? ""
        let policy =
            "default-src 'none';style-src 'unsafe-inline';\(allowed)base-uri 'none';"
            + "form-action 'none'"
        return """
            <!doctype html><html lang="en"><head><meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="\(policy)">
            <meta name="viewport" content="width=device-width,initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>\(title.escapedForHTML)</title><style>\(style)</style></head>
            <body><main>\(body)</main>\(script.map { "<script>\($0.source)</script>" } ?? "")
            </body></html>

            """
    }

    private static let style = """
        :root{--ground:#f6f8fa;--card:#fff;--ink:#1f2937;--soft:#5b6472;--edge:#d9dfe7;\
        \(Palette.lightVariables)}
        @media(prefers-color-scheme:dark){:root{--ground:#11151b;--card:#1a2029;--ink:#e5e9f0;\
        --soft:#a3adba;--edge:#333c49;\(Palette.darkVariables)}}
        [hidden]{display:none!important}*{box-sizing:border-box}body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);\
        background:var(--ground);margin:0}
        main{max-width:1280px;margin:0 auto;padding:16px}h1{font-size:24px;margin:8px 0}
        h2{font-size:19px;margin:32px 0 10px}h3{font-size:14px;margin:0 0 4px}
        a{color:var(--k0)}nav a{margin-right:14px}.soft{color:var(--soft)}
        .charts{display:grid;gap:14px;grid-template-columns:repeat(auto-fill,minmax(min(100%,\
        400px),1fr))}
        figure,details,article,.scroll,pre.box{background:var(--card);border:1px solid var(--edge);\
        border-radius:8px;margin:0 0 12px;padding:12px}.charts figure{margin:0}
        .scroll,pre.box{overflow-x:auto}figure{position:relative}figure>svg{width:100%;\
        display:block;touch-action:pan-y;overflow:visible;outline-offset:2px}
        polyline,.key line{fill:none;stroke:var(--c);stroke-width:1.8;stroke-linejoin:round}
        .raw{opacity:.28;stroke-width:1.2}.dot{fill:var(--c)}.bar{fill:var(--c)}
        .grid{stroke:var(--edge)}.mark{stroke:var(--soft);stroke-dasharray:2 3;stroke-width:1.5}
        .cursor{stroke:var(--soft);visibility:hidden}.title{font-size:14px;font-weight:600;\
        fill:var(--ink)}.tick{font-size:12px;fill:var(--soft)}.end{text-anchor:end}
        .middle{text-anchor:middle}@media(max-width:520px){.tick{font-size:17px}}
        figcaption{display:flex;flex-wrap:wrap;gap:2px 16px;font-size:13px}
        .key{width:24px;height:8px;margin-right:5px;vertical-align:middle}
        .entry.off{opacity:.4;text-decoration:line-through}g.off{visibility:hidden}
        .entry[role]{cursor:pointer}
        figcaption i{display:inline-block;width:10px;height:10px;border-radius:2px;\
        margin-right:5px;background:var(--c)}
        .values{position:absolute;pointer-events:none;background:var(--card);\
        border:1px solid var(--edge);border-radius:6px;padding:5px 9px;font-size:12px;\
        box-shadow:0 2px 10px #0004;white-space:nowrap;z-index:1}
        .values i{display:inline-block;width:9px;height:9px;border-radius:2px;margin-right:5px;\
        background:var(--c)}table{border-collapse:collapse;width:100%;font-size:13px}
        td,th{border-top:1px solid var(--edge);padding:4px 10px;text-align:left;\
        vertical-align:top}td:first-child,th:first-child{min-width:8.5em}
        td.n,th.n{text-align:right;white-space:nowrap;\
        font-variant-numeric:tabular-nums}tr:first-child>*{border-top:0}
        code,pre{font:12px/1.5 ui-monospace,monospace;overflow-wrap:anywhere}
        pre.box{white-space:pre;overflow-wrap:normal}label{display:inline-flex;gap:8px;\
        align-items:center}summary{cursor:pointer}
        .rollouts{display:grid;gap:10px;margin-top:10px;grid-template-columns:repeat(auto-fill,\
        minmax(min(100%,360px),1fr))}article{margin:0;padding:8px 10px;font-size:13px;\
        border-left:4px solid var(--c)}article p{margin:2px 0}
        article pre,summary code{unicode-bidi:isolate}article pre{white-space:pre-wrap;\
        max-height:16em;overflow:auto;margin:6px 0}
        .control{color:var(--k1);border:1px solid;border-radius:3px;font-size:10px;padding:0 2px}
        \(Palette.classes)
        """
}

/// A script that a page runs, with what names it in the page's policy.
package struct PageScript: Sendable {
    package let source: String
    /// SHA-256 of the source in base64.
    package let hash: String
}
