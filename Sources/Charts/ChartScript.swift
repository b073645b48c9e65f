/// What a browser adds to line charts: values under the pointer or by the arrow keys, a slider (`#smoothing`) for
/// the running mean, and series that a click on the legend hides.
package enum ChartScript {
    /// The script for a page with charts.
    package static let script = PageScript(source: source, hash: hash)

    /// Changes with `source`; a test holds them together.
    static let hash = "q/nZHBr5jAWS0o/9NOxkW6mlWJPNsZ58azSe8/tmoXM="

    static let source = #"""
        "use strict";
        (() => {
          const numbers = text => text ? text.split(" ").map(Number) : [];
          const show = value => {
            const size = Math.abs(value);
            return size !== 0 && (size >= 1e7 || size < 1e-4)
              ? value.toExponential(2) : String(Number(value.toPrecision(4)));
          };
          const smooth = (values, weight) => {
            let sum = 0, total = 0;
            return values.map(value => {
              sum = sum * weight + value * (1 - weight);
              total = total * weight + 1 - weight;
              return sum / total;
            });
          };
          const nearest = (xs, x) => {
            let low = 0, high = xs.length - 1;
            while (low < high) {
              const middle = (low + high) >> 1;
              if (xs[middle] < x) low = middle + 1; else high = middle;
            }
            return low > 0 && x - xs[low - 1] <= xs[low] - x ? low - 1 : low;
          };
          const charts = [...document.querySelectorAll("figure.chart")].map(figure => {
            const svg = figure.querySelector("svg[data-plot]");
            const [left, right, top, bottom, x0, x1, y0, y1] = numbers(svg.dataset.plot);
            const toX = x => left + (x - x0) / (x1 - x0) * (right - left);
            const toY = y => bottom - Math.min(Math.max((y - y0) / (y1 - y0), 0), 1) * (bottom - top);
            const series = [...svg.querySelectorAll("g.series")].map(group => ({
              group, name: group.dataset.name, xs: numbers(group.dataset.x),
              ys: numbers(group.dataset.y), line: group.querySelector(".smooth"),
            }));
            const cursor = svg.querySelector(".cursor");
            const panel = document.createElement("div");
            panel.className = "values";
            panel.hidden = true;
            figure.append(panel);
            let place = null;
            const hide = () => {
              panel.hidden = true;
              cursor.style.visibility = "hidden";
              place = null;
            };
            const point = x => {
              const shown = series.filter(s => !s.group.classList.contains("off"));
              if (shown.length === 0) return hide();
              const all = shown.map(s => s.xs[nearest(s.xs, x)]);
              place = all.reduce((a, b) => Math.abs(b - x) < Math.abs(a - x) ? b : a);
              cursor.setAttribute("x1", toX(place));
              cursor.setAttribute("x2", toX(place));
              cursor.style.visibility = "visible";
              const rows = [document.createElement("b")];
              rows[0].textContent = "step " + show(Math.round(place));
              for (const s of shown) {
                const index = nearest(s.xs, place);
                const row = document.createElement("div");
                const swatch = document.createElement("i");
                swatch.className = [...s.group.classList].find(name => /^c\d/.test(name));
                const away = Math.round(s.xs[index]) === Math.round(place)
                  ? "" : " (step " + show(Math.round(s.xs[index])) + ")";
                row.append(swatch, s.name + ": " + show(s.ys[index]) + figure.dataset.unit + away);
                rows.push(row);
              }
              panel.replaceChildren(...rows);
              panel.hidden = false;
              const scale = svg.clientWidth / svg.viewBox.baseVal.width;
              const at = figure.querySelector("figcaption").offsetLeft + toX(place) * scale;
              const room = figure.clientWidth - panel.offsetWidth - 4;
              const beside = at + 12 > room ? at - panel.offsetWidth - 12 : at + 12;
              panel.style.left = Math.max(4, Math.min(beside, room)) + "px";
              panel.style.top = figure.querySelector("figcaption").offsetTop + "px";
            };
            const follow = event => {
              const box = svg.getBoundingClientRect();
              const x = (event.clientX - box.left) / box.width * svg.viewBox.baseVal.width;
              point(x0 + (x - left) / (right - left) * (x1 - x0));
            };
            svg.addEventListener("pointermove", follow);
            svg.addEventListener("pointerdown", follow);
            svg.addEventListener("pointerleave", hide);
            svg.addEventListener("blur", hide);
            svg.addEventListener("keydown", event => {
              const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
              if (!step) return;
              event.preventDefault();
              const xs = [...new Set(series.flatMap(s => s.xs))].sort((a, b) => a - b);
              const index = place === null ? (step > 0 ? 0 : xs.length - 1)
                : nearest(xs, place) + step;
              point(xs[Math.min(Math.max(index, 0), xs.length - 1)]);
            });
            figure.querySelectorAll(".entry").forEach((entry, index) => {
              const toggle = () => {
                const isOff = series[index].group.classList.toggle("off");
                entry.classList.toggle("off", isOff);
                entry.setAttribute("aria-pressed", String(!isOff));
              };
              entry.setAttribute("role", "button");
              entry.setAttribute("tabindex", "0");
              entry.setAttribute("aria-pressed", "true");
              entry.addEventListener("click", toggle);
              entry.addEventListener("keydown", event => {
                if (event.key !== "Enter" && event.key !== " ") return;
                event.preventDefault();
                toggle();
              });
            });
            return weight => {
              for (const s of series) {
                if (!s.line) continue;
                const points = smooth(s.ys, weight).map((y, index) =>
                  toX(s.xs[index]).toFixed(1) + "," + toY(y).toFixed(1));
                s.line.setAttribute("points", points.join(" "));
              }
            };
          });
          const slider = document.querySelector("#smoothing");
          if (slider) {
            slider.closest("label").hidden = false;
            slider.addEventListener("input", () => {
              document.querySelector("#weight").textContent = slider.value;
              for (const draw of charts) draw(Number(slider.value));
            });
          }
        })();
        """#
}
