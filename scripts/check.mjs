// npm run check [-- --breaks]: what CI runs. The static checks, then `npm test`; with --breaks the planted breaks too.
// Ends with the line `N passed, N failed`, which sums them.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { checkStatic } from './check-static.mjs';
import { CommandError, isMain, main, run, seconds } from './run-command.mjs';
import { setup } from './setup.mjs';
import { verifyBreaks } from './verify-breaks.mjs';

/** Runs `npm test` as a user does and resolves to its counts. */
async function runTests() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pse-loss-check-'));
  const counts = path.join(folder, 'counts.json');
  try {
    const env = { ...process.env, PSE_TEST_COUNTS: counts };
    const ended = await run('npm', ['test'], { env }).then(
      () => 'well',
      (error) => {
        if (!(error instanceof CommandError)) throw error;
        return 'badly';
      },
    );
    return readCounts(counts, ended);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** What `npm test` wrote. Where it ended badly without a failed test (or without any counts), that is a failure too. */
export function readCounts(file, ended) {
  const counts = fs.existsSync(file)
    ? JSON.parse(fs.readFileSync(file, 'utf8'))
    : { passed: 0, failed: 0, skipped: [] };
  return ended === 'badly' && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

/** One line for each part, the names of what was left out, and the sum. */
export function summarize(parts) {
  const sum = (key) => parts.reduce((total, part) => total + part[key], 0);
  const skipped = parts.flatMap((part) => part.skipped ?? []);
  return [
    ...parts.map(
      ({ title, passed, failed, took }) => `${title}: ${passed} passed, ${failed} failed (${took})`,
    ),
    ...skipped.map((name) => `left out: ${name}`),
    `${sum('passed')} passed, ${sum('failed')} failed`,
  ];
}

if (isMain(import.meta.url)) {
  main(async () => {
    const { values } = parseArgs({ options: { breaks: { type: 'boolean', default: false } } });
    const parts = [];
    const part = async (title, work) => {
      console.log(`\n== ${title}`);
      const start = performance.now();
      parts.push({ title, ...(await work()), took: seconds(start) });
    };
    await setup();
    await part('static checks', checkStatic);
    await part('tests', runTests);
    if (values.breaks) await part('planted breaks', () => verifyBreaks());
    const lines = summarize(parts);
    console.log(`\n${lines.join('\n')}`);
    // .ci/run prints the last line again, after whatever npm says.
    if (process.env.PSE_CHECK_SUMMARY)
      fs.writeFileSync(process.env.PSE_CHECK_SUMMARY, `${lines.at(-1)}\n`);
    if (parts.some(({ failed }) => failed > 0)) process.exitCode = 1;
  });
}
