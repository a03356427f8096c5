/**
 * Colours by what they mean, each for light and for dark. Those of series differ for every common kind of
 * colour blindness, after M. Okabe and K. Ito, "Color Universal Design" (2008), darkened or lightened until
 * they stand out against the paper by 3 : 1 at least; text does by 4.5 : 1.
 */
export const palette: Readonly<Record<string, readonly [light: string, dark: string]>> = {
  paper: ["#ffffff", "#14171a"],
  ink: ["#1c2126", "#e4e7ea"],
  muted: ["#56606a", "#a3adb7"],
  rule: ["#d5dbe1", "#363d44"],
  shade: ["#e6ebf0", "#252b31"],
  accent: ["#0a5aa8", "#7cbcf5"],
  alarm: ["#b3261e", "#ff9a8d"],
  wait: ["#d3e4f5", "#1f3b57"],
  waitEdge: ["#5c86b0", "#5f8fbd"],
  hold: ["#0d4f8c", "#8cc4f7"],
  series0: ["#0a63b0", "#6fb4f2"],
  series1: ["#b04a00", "#f2a25c"],
  series2: ["#00745a", "#4fc9a6"],
  series3: ["#8f3f8a", "#dd9cd8"],
  series4: ["#776000", "#e2c64d"],
  series5: ["#b0183f", "#ff8fa3"],
  series6: ["#6d4c22", "#cfac80"],
  series7: ["#4b4fc4", "#aab0ff"],
};

/** How many colours of series there are. */
export const SERIES_COLOURS = 8;

/** The colours as variables, dark where the reader prefers that and reads on a screen. */
export function themeRules(): string {
  return `:root{${variables(0)}}@media screen and (prefers-color-scheme:dark){:root{${variables(1)}}}`;
}

function variables(theme: 0 | 1): string {
  return Object.entries(palette)
    .map(([name, colours]) => `--${name}:${colours[theme]}`)
    .join(";");
}

const series = Array.from(
  { length: SERIES_COLOURS },
  (_, i) => `.s${i}{fill:var(--series${i});stroke:var(--series${i})}`,
).join("");

/** How the parts of pictures look, by class; the colours come from `themeRules`. */
export const pictureRules: string = `
.picture{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif;font-size:13px}
.picture text{fill:var(--ink);stroke:none}
.picture text.tick{fill:var(--muted);font-size:12px;font-variant-numeric:tabular-nums}
.picture text.heading{font-size:14px;font-weight:600}
.picture text.strong{font-weight:600}
.picture text.end{text-anchor:end}
.picture text.middle{text-anchor:middle}
.paper{fill:var(--paper)}
.grid{stroke:var(--rule);fill:none}
.axis{stroke:var(--muted);fill:none}
.shade{fill:var(--shade)}
.wait{fill:var(--wait);stroke:var(--waitEdge);stroke-width:.75}
.hold{fill:var(--hold);stroke:var(--paper);stroke-width:.75}
.inside{fill:var(--alarm)}
.picture text.inside{fill:var(--paper);font-size:11px;font-weight:600}
.event{stroke:var(--alarm);fill:none;stroke-width:1.5}
.fair{stroke:var(--ink);fill:none;stroke-dasharray:2 3}
${series}
.line{fill:none;stroke-width:1.75}
.fit{fill:none;stroke-width:1.5;stroke-dasharray:5 4}
.control{fill:var(--muted);stroke:var(--muted)}
.line.control{fill:none;stroke-dasharray:1 3;stroke-linecap:round}
.bar{stroke:none}
.whisker{fill:none;stroke:var(--ink);stroke-width:1.25}
.current{outline:2px solid var(--accent);outline-offset:2px}
`;
