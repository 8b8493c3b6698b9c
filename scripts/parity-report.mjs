// What `npm run parity` and `npm run parity:paddle` share: Jest runs parity tests, each of which adds its differences to a
// file as lines of JSON (test/parity/report.ts), and the lines become tables.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { seconds } from './run-command.mjs';
import { runJest } from './test.mjs';

/** What the columns are; test/parity/README.md says who is who. */
const LEGEND = [
  'Largest differences, in float32 and in float64: losses absolute, gradients relative to the largest of their case; pixels: of both',
  'masks, that differ. The port is ours in eager PyTorch, golden numbers are those that upstreams’ own code gave: test/parity/README.md.',
].join('\n');

/** Runs Jest, prints the report, or with `--json` the lines as one line of JSON, and ends with 1 if a test failed. */
export async function printReport(jestArguments) {
  const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
  const start = performance.now();
  const { counts, lines } = await collect(jestArguments);
  if (!values.json) console.log(`\n${tables(lines)}\n\n${LEGEND}\n`);
  console.log(`${counts.passed} tests passed, ${counts.failed} failed (${seconds(start)})`);
  if (values.json) console.log(JSON.stringify({ ...counts, lines }));
  if (counts.failed > 0 || counts.passed === 0) process.exitCode = 1;
}

async function collect(jestArguments) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pse-loss-report-'));
  const file = path.join(folder, 'lines.jsonl');
  process.env.PSE_PARITY_REPORT = file;
  try {
    const counts = await runJest(jestArguments);
    const text = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
    return { counts, lines: merge(text.split('\n').filter(Boolean).map(JSON.parse)) };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** One line for each heading. */
export function merge(lines) {
  const heading = ({ who, against, option, precision }) =>
    JSON.stringify([who, against, option, precision]);
  return groups(lines, heading).map(([, same]) => {
    const values = (name) => same.map((line) => line[name]);
    const sum = (name) => values(name).reduce((a, b) => a + b, 0);
    const [loss, grad] = [Math.max(...values('loss')), Math.max(...values('grad'))];
    return { ...same[0], cases: sum('cases'), loss, grad, pixels: sum('pixels') };
  });
}

/** A table for each pair that was held against each other, a row an option, with both precisions side by side. */
export function tables(lines) {
  const pairs = groups(lines, ({ who, against }) => `${who} against ${against}`);
  return pairs.map(([title, section]) => `${title}\n\n${table(section)}`).join('\n\n');
}

const HEAD = ['option', 'cases', 'loss, 32', 'grad, 32', 'loss, 64', 'grad, 64', 'pixels'];

function table(lines) {
  const rows = groups(lines, ({ option }) => option).map(([option, both]) => {
    const single = both.find(({ precision }) => precision === 'float32');
    const double = both.find(({ precision }) => precision === 'float64');
    const total = (name) => both.reduce((sum, line) => sum + line[name], 0);
    const sizes = [single?.loss, single?.grad, double?.loss, double?.grad].map(size);
    return [option, `${total('cases')}`, ...sizes, `${total('pixels')}`];
  });
  return [HEAD, HEAD.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

/** `1.2e-7`; a dash where nothing was compared */
function size(value) {
  if (value === undefined) return '–';
  return value === 0 ? '0' : value.toExponential(1);
}

/** [key, its items], in the order in which the keys come */
function groups(items, keyOf) {
  const found = new Map();
  for (const item of items) found.set(keyOf(item), [...(found.get(keyOf(item)) ?? []), item]);
  return [...found];
}
