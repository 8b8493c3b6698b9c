// The report: one page that needs nothing but itself.
import type { Fitted } from '../fit-photo';
import { fixed, median } from '../format';
import type { Machine } from '../machine';
import { endOf, type PhotoResult, startOf, TOLERANCE, verdictOf } from '../result';
import { describeAll } from '../words';
import { sparkline } from './chart';
import { escapeHtml } from './html';
import { anchor, section } from './section';
import { STYLE } from './style';
import { GENERATOR } from './write';

export interface PageFacts {
  readonly machine: Machine;
  readonly steps: number;
}

export function reportPage(fitted: readonly Fitted[], { machine, steps }: PageFacts): string {
  const results = fitted.map(({ result }) => result);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
${GENERATOR}
<title>PSE loss, fitted to ${results.length} photos</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<header>
<p class="eyebrow">pse-loss · fit report</p>
<h1>${escapeHtml(describeAll(results))}.</h1>
<p class="lead">Every photo was scaled to a square of 640 pixels, and the labels that a network would learn there were made of its
texts. Then a flat map of logits, with no network behind it, went down the gradient of the PSE loss for ${steps} steps. One logit
covers 4 × 4 pixels of the labels, so no map follows every outline: <em>best</em> is the value of the best map there is, which
the labels alone tell. A photo has reached it within ${TOLERANCE} of both loss and text IoU.</p>
</header>
${table(results)}
${KEY}
${fitted.map(section).join('\n')}
${footer(machine, results)}
</main>
</body>
</html>
`;
}

function table(results: readonly PhotoResult[]): string {
  const rows = results.map((result) => {
    const { photo, best, curve } = result;
    const end = endOf(result);
    const verdict = verdictOf(result);
    const bound = (value: number | undefined) => (value === undefined ? '–' : fixed(value));
    return `<tr><th scope="row"><a href="#${anchor(photo.name)}">${escapeHtml(photo.name)}</a></th>
<td class="wide">${best === undefined ? '' : sparkline(curve.map((point) => point.loss))}</td>
<td class="wide">${fixed(startOf(result).loss)}</td><td class="strong">${fixed(end.loss)}</td><td>${bound(best?.loss)}</td>
<td class="strong">${bound(best && end.iouText)}</td><td>${bound(best?.iouText)}</td>
<td class="words"><span class="verdict ${verdict.replaceAll(' ', '-')}">${verdict}</span></td></tr>`;
  });
  return `<div class="scroll"><table>
<thead><tr><th scope="col">Photo</th><th class="wide"></th><th scope="col" class="wide">Start</th><th scope="col">Loss</th><th scope="col">Best</th><th scope="col">Text IoU</th><th scope="col">Best</th><th></th></tr></thead>
<tbody>${rows.join('\n')}</tbody>
</table></div>`;
}

const KEY = `<div class="key">
<span><i class="bar"></i> logit −8 … 0 … 8</span>
<span><i class="nested"></i> text … smallest kernel</span>
<span><i class="warm"></i> text kept</span>
<span><i class="cold"></i> background kept</span>
<span><i class="night"></i> background not kept</span>
<span><i class="stripes"></i> ignored</span>
</div>`;

function footer(machine: Machine, results: readonly PhotoResult[]): string {
  const timed = results.filter(({ msPerStep }) => msPerStep > 0);
  const middle = median(timed.map(({ msPerStep }) => msPerStep));
  const facts = [
    ['pse-loss', machine.package],
    ['LibTorch', machine.libtorch],
    ['Node', machine.node],
    ['Processor', `${machine.processor}, ${machine.threads} threads`],
    ['System', machine.system],
    [
      'A step',
      middle === undefined
        ? '–'
        : `${middle.toFixed(1)} ms: loss, gradient and update of one photo; median of this run`,
    ],
  ] as const;
  const list = facts.map(
    ([name, value]) => `<div><dt>${name}</dt><dd>${escapeHtml(value)}</dd></div>`,
  );
  return `<footer><dl>${list.join('')}</dl></footer>`;
}
