// What the diagnosis of a photo found, in its own words.

import type { Finding } from '../../diagnose/finding';
import { FLAT } from '../fit';
import { type PhotoResult, stepsOf } from '../result';
import { describeFinding } from '../words';
import { escapeHtml } from './html';

/** Before the first step and after the last, side by side: what was wrong, and whether it went away. */
export function diagnosis(result: PhotoResult): string {
  const { start, end } = result.findings;
  const flat = `at flat logits of −${-FLAT}`;
  const lists =
    stepsOf(result) === 0
      ? list(`No step was made: ${flat}`, end, true)
      : list(`Before the first step, ${flat}`, start, false) +
        list('After the last step', end, true);
  return `<h3>Diagnosis</h3>
<div class="diagnosis">${lists}</div>`;
}

/** @param open shows the advice; of what came and went it is folded away */
function list(when: string, findings: readonly Finding[], open: boolean): string {
  const found =
    findings.length === 0
      ? '<p class="well">Nothing is wrong that one batch can tell.</p>'
      : `<ul>${findings.map((finding) => item(finding, open)).join('')}</ul>`;
  return `<div><h4>${when}</h4>${found}</div>`;
}

function item(finding: Finding, open: boolean): string {
  const { severity, code, advice } = finding;
  return `<li class="${severity}"><p class="code"><b>${severity}</b> ${code}</p>
<p>${escapeHtml(describeFinding(finding))}</p>
<details${open ? ' open' : ''}><summary>What to do</summary><p>${escapeHtml(advice)}</p></details></li>`;
}
