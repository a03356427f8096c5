import type { ObjectVerdict } from "../check/verdict.ts";
import type { History } from "../history.ts";
import { modelOf } from "../models/models.ts";
import type { Model } from "../models/model.ts";
import { markup, Markup } from "./markup.ts";
import { timelinePicture } from "./timeline-picture.ts";
import { timelineStyle } from "./timeline-style.ts";
import { type ShownCall, timelineWindow } from "./timeline-window.ts";

/**
 * Shows a violation as one HTML page that needs nothing else: no network, no other file, no program.
 * It has the calls around the one that does not fit, as a picture and as a table, with a valid order of
 * those before it.
 *
 * @throws {RangeError} if the verdict is none of a violation
 */
export function timelineHtml(
  history: History,
  { object, calls, violation }: ObjectVerdict,
): string {
  if (violation === undefined)
    throw new RangeError(
      "Cannot draw a timeline: there is no violation to show. Draw one of an object whose verdict is `violation`.",
    );
  const model = modelOf(history.settings);
  const window = timelineWindow(history, violation);
  const { prefix } = violation;
  const where = object === "" ? "" : ` on ${object}`;
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Not linearizable: ${history.settings.model}${where}</title>
<style>${new Markup(timelineStyle)}</style>
</head>
<body>
<main>
<h1>Not linearizable: ${history.settings.model}${where}</h1>
<p class="alarm">${violation.sentence}</p>
<p>Of ${calls} calls, the ${prefix.returned} that returned before this one are valid together${prefix.isLongest ? ", and with it they are not" : "; the search for more reached its limit"}. The line leads through the instants at which they may have taken effect, one valid order of all; numbers count along it.</p>
<h2>Timeline</h2>
<p class="muted">Left is earlier; how far means nothing. The red outline is the call that does not fit. Dashed: had not returned by then.${window.leftOut > 0 ? ` ${window.leftOut} earlier or unfinished calls are not shown.` : ""}</p>
<div class="box" tabindex="0" role="region" aria-label="Timeline">
${timelinePicture(window, model)}</div>
<h2>The same as a table</h2>
${callTable(window.calls, model)}</main>
</body>
</html>
`.toString();
}

/** In the valid order; then what is not in it. */
function callTable(calls: readonly ShownCall[], model: Model): Markup {
  const numberOf = ({ taken, isMisfit }: ShownCall): number =>
    taken !== undefined && !isMisfit ? taken.number : Infinity;
  const rows = calls.toSorted((a, b) =>
    numberOf(a) < numberOf(b) ? -1 : numberOf(a) > numberOf(b) ? 1 : 0,
  );
  const originNs = calls.reduce(
    (ns, { call }) => (call.calledNs < ns ? call.calledNs : ns),
    calls[0]!.call.calledNs,
  );
  return markup`<div class="box" tabindex="0" role="region" aria-label="Table of calls">
<table>
<caption>Nanoseconds after ${originNs}. Line: where the history tells of the call.</caption>
<thead><tr><th scope="col" class="count">order<th scope="col">client<th scope="col">call<th scope="col" class="count">began<th scope="col" class="count">returned<th scope="col" class="count">line<th scope="col">remark</tr></thead>
<tbody>
${rows.map((row) => tableRow(row, originNs, model))}</tbody>
</table>
</div>
`;
}

function tableRow(
  { call, taken, isMisfit, isPending }: ShownCall,
  originNs: bigint,
  model: Model,
): Markup {
  const { client, operation, calledNs, returnedNs, line } = call;
  const remark = isMisfit
    ? markup`<strong class="alarm">does not fit</strong>`
    : markup`${returnedNs === undefined ? "outcome not known" : isPending ? "had not returned" : ""}`;
  return markup`<tr><td class="count">${taken?.number ?? "-"}<th scope="row">${client}<td>${model.describe(operation)}<td class="count">${calledNs - originNs}<td class="count">${returnedNs === undefined ? "-" : returnedNs - originNs}<td class="count">${line}<td>${remark}</tr>
`;
}
