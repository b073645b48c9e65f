/// A self-contained page: no script, nothing fetched.
package enum HTMLPage {
    /// The whole page around `body`, which is HTML; `title` is plain text.
    package static func text(title: String, body: String) -> String {
        """
        <!doctype html><html lang="en"><head><meta charset="utf-8">
        <meta name="viewport" content="width=device-width,initial-scale=1">
        <title>\(title.escapedForHTML)</title><style>\(style)</style></head>
        <body><main>\(body)</main></body></html>

        """
    }

    private static let style = """
        body{font:15px/1.5 system-ui,sans-serif;color:#1f2937;background:#f8fafc;margin:0}
        main{max-width:1180px;margin:0 auto;padding:24px}h1{font-size:24px}h2{font-size:18px;\
        margin-top:32px}.charts{display:grid;grid-template-columns:repeat(auto-fill,\
        minmax(480px,1fr));gap:16px}figure,details,pre{background:#fff;border:1px solid #e2e8f0;\
        border-radius:8px;margin:0 0 12px;padding:10px}pre{overflow:auto}svg{width:100%}
        polyline{fill:none;stroke-width:1.8;stroke-linejoin:round}.grid{stroke:#e2e8f0}
        .mark{stroke:#94a3b8;stroke-dasharray:2 3;stroke-width:1.5}.title{font-size:14px;\
        font-weight:600;fill:#1f2937}.tick{font-size:11px;fill:#64748b}.end{text-anchor:end}
        .middle{text-anchor:middle}figcaption span{margin-right:14px;font-size:13px}
        figcaption i{display:inline-block;width:10px;height:10px;border-radius:2px;\
        margin-right:5px}table{border-collapse:collapse;width:100%;font-size:13px}
        td,th{border-top:1px solid #e2e8f0;padding:4px 8px;text-align:left;\
        vertical-align:top}code{font-size:12px;overflow-wrap:anywhere}
        """
}

extension String {
    /// Safe within HTML text and attributes, whatever a policy wrote.
    package var escapedForHTML: String {
        var escaped = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            case _ where scalar.value < 0x20 && scalar != "\n" && scalar != "\t":
                escaped += "\u{FFFD}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
