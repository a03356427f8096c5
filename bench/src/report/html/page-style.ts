import { pictureRules, themeRules } from "../pictures/picture-style.ts";

/** The page's only style sheet: light and dark by the reader's choice, paper where it is printed. */
export function pageStyle(): string {
  return themeRules() + pageRules + pictureRules + wordColumns() + printRules;
}

/** Columns of words stand flush left, those of numbers flush right; on paper words are broken into lines, numbers are not. */
function wordColumns(): string {
  const columns = [1, 2, 3, 4, 5, 6, 7, 8]
    .map((words) => `.words-${words} :is(th,td):nth-child(-n+${words})`)
    .join(",");
  return `${columns}{text-align:left}@media print{${columns}{white-space:normal;overflow-wrap:break-word}}`;
}

const pageRules = `
:root{color-scheme:light dark}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif}
header,main,footer,nav{max-width:76rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:2.5rem}
footer{padding-top:1rem;padding-bottom:4rem;color:var(--muted)}
h1{font-size:1.9rem;line-height:1.2;margin:0 0 .5rem;letter-spacing:-.01em}
h2{font-size:1.35rem;line-height:1.3;margin:3.5rem 0 .75rem;padding-top:.75rem;border-top:1px solid var(--rule)}
h3{font-size:1.05rem;line-height:1.35;margin:2rem 0 .5rem}
p,li,dd,pre{overflow-wrap:anywhere}
p,ul,ol,dl{margin:.5rem 0 1rem;max-width:46rem}
a{color:var(--accent)}
code{font:.9em ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;overflow-wrap:anywhere}
.lead{color:var(--muted)}
.skip{position:absolute;left:-100vw;background:var(--paper);padding:.5rem 1rem}
.skip:focus{left:.5rem;top:.5rem;z-index:1}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.verdicts{padding-left:1.2rem}
.verdicts li{margin:.35rem 0}
.alarm{color:var(--alarm);font-weight:600}
nav ol{columns:16rem;list-style:none;padding:0;margin:.5rem 0;max-width:none}
nav li{break-inside:avoid;margin:0 0 .35rem}
.box{overflow-x:auto;margin:0 0 1rem}
table{border-collapse:collapse;font-size:.875rem;line-height:1.4;font-variant-numeric:tabular-nums}
th,td{padding:.3rem .55rem;text-align:right;vertical-align:top;white-space:nowrap}
td.text,th.text{white-space:normal;min-width:12rem;text-align:left}
thead th{vertical-align:bottom;border-bottom:1px solid var(--muted);font-weight:600}
tbody th{font-weight:400;position:sticky;left:0;background:var(--paper)}
tbody tr{border-bottom:1px solid var(--rule)}
tbody tr:hover>*{background:var(--shade)}
tr:target>*{background:var(--shade)}
tr:target th{box-shadow:inset 3px 0 var(--accent)}
caption{caption-side:bottom;text-align:left;color:var(--muted);padding:.6rem 0 0}
caption span{position:sticky;left:0;display:inline-block;max-width:min(46rem,calc(100vw - 2.5rem));white-space:normal}
th button{all:unset;cursor:pointer;text-decoration:underline dotted;text-underline-offset:.25em}
th button:focus-visible{outline:2px solid var(--accent);outline-offset:3px}
[aria-sort=ascending] button::after{content:" \\2191"}
[aria-sort=descending] button::after{content:" \\2193"}
@media screen{#cells :is(th,td){padding-inline:.45rem}#cells .text{min-width:7rem}#cells :is(th,td):nth-child(-n+5){white-space:normal}#cells :is(th,td):nth-child(2){min-width:8.5rem}#cells :is(th,td):nth-child(5){min-width:5rem}}
#controls{display:flex;flex-wrap:wrap;gap:.5rem 1.5rem;align-items:baseline;margin:1rem 0}
#controls[hidden]{display:none}
#controls p{margin:0;max-width:100%}
input,select{font:inherit;color:inherit;background:var(--paper);border:1px solid var(--muted);border-radius:4px;padding:.3rem .5rem;max-width:100%}
figure{margin:1.5rem 0 2.5rem;max-width:56rem}
figcaption{color:var(--muted);font-size:.9rem;max-width:46rem}
figure .box{margin:.25rem 0}
figure svg{display:block;width:100%;min-width:38rem;height:auto}
.told{min-height:1.5em;margin:0;font-size:.9rem;font-variant-numeric:tabular-nums}
details{margin:.75rem 0;border-top:1px solid var(--rule);padding-top:.75rem}
summary{cursor:pointer;font-weight:600}
summary h3{display:inline;font-size:1rem;margin:0}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1.5rem}
dt{color:var(--muted)}
dd{margin:0;overflow-wrap:anywhere}
pre{overflow-x:auto;background:var(--shade);padding:.75rem 1rem;border-radius:4px;max-width:46rem}
@media (max-width:40rem){header{padding-top:1.25rem}dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.5rem}}
`;

const printRules = `
@media print{
@page{margin:14mm}
body{font-size:10pt}
header,main,footer{max-width:none;padding:0}
nav,.skip,#controls,.told{display:none}
h2,h3{break-after:avoid}
h2{margin-top:1.5rem}
.box{overflow:visible}
table{font-size:6.5pt}
thead{display:table-header-group;break-inside:avoid}
tr,figure,svg{break-inside:avoid}
th,td{padding:.15rem}
td.text,th.text{min-width:0}
summary{break-after:avoid}
tbody th{position:static}
figure svg{min-width:0}
th button{display:none}
th[data-name]::before{content:attr(data-name)}
details::details-content{content-visibility:visible;block-size:auto}
a{color:inherit;text-decoration:none}
}
`;
