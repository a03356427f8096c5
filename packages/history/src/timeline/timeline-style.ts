/** Light and dark by the reader's choice. What does not fit is told by its outline and in words, too, not by colour alone. */
export const timelineStyle = `
:root{color-scheme:light dark;--paper:#fff;--ink:#1b1b1b;--muted:#5c5c5c;--rule:#d6d6d6;--bar:#7aa5d8;--order:#1f5fa8;--alarm:#b3261e;--alarm-fill:#f6c9c5}
@media (prefers-color-scheme:dark){:root{--paper:#161616;--ink:#ececec;--muted:#a8a8a8;--rule:#3a3a3a;--bar:#3d6696;--order:#8fc1ff;--alarm:#ff8a80;--alarm-fill:#5c1f1a}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1.5rem 1.25rem 4rem;max-width:100rem;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
h1{font-size:1.6rem;line-height:1.2}
h2{font-size:1.2rem;margin-top:2.5rem}
p,li{max-width:46rem;overflow-wrap:anywhere}
.alarm{color:var(--alarm);font-weight:600}
.muted{color:var(--muted)}
.box{overflow-x:auto}
.box:focus-visible{outline:2px solid var(--order)}
svg{display:block;font:11px ui-monospace,Menlo,Consolas,"Liberation Mono",monospace}
.rule{stroke:var(--rule)}
.name{fill:var(--ink);font-weight:600}
.bar{fill:var(--bar)}
.bar.pending{fill:none;stroke:var(--bar);stroke-dasharray:4 3}
.bar.misfit{fill:var(--alarm-fill);stroke:var(--alarm);stroke-width:2}
.label{fill:var(--ink)}
.label.misfit{fill:var(--alarm);font-weight:700}
.order{fill:none;stroke:var(--order);stroke-width:1.2;opacity:.7}
.instant{fill:var(--order)}
.number{fill:var(--order);text-anchor:middle}
table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}
th,td{padding:.3rem .7rem;text-align:left;vertical-align:top;border-bottom:1px solid var(--rule);overflow-wrap:anywhere}
td.count,th.count{text-align:right}
caption{caption-side:bottom;text-align:left;color:var(--muted);padding:.5rem 0}
@media print{.box{overflow:visible}svg{max-width:100%;height:auto}}
`;
