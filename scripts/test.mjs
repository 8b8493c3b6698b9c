// npm test [-- jest arguments]: set-up, then Jest. Names every test that was left out and ends with the counts.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { CommandError, isMain, main, root, run, seconds } from './run-command.mjs';
import { setup } from './setup.mjs';

/** Runs Jest with these arguments and resolves to its counts; Jest's own output passes through. */
export async function runJest(args) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pse-loss-jest-'));
  const results = path.join(folder, 'results.json');
  try {
    const jest = path.join(root, 'node_modules/jest/bin/jest.js');
    const failure = await run(
      process.execPath,
      [jest, ...args, '--json', `--outputFile=${results}`],
      { shown: ['jest', ...args] },
    ).then(
      () => undefined,
      (error) => error,
    );
    if (failure && !(failure instanceof CommandError && fs.existsSync(results))) throw failure;
    const counts = countTests(JSON.parse(fs.readFileSync(results, 'utf8')));
    // A bad end is one of failed tests, or else of something that nobody would see in the counts.
    if (failure && counts.failed === 0) throw failure;
    return counts;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** The counts out of Jest's JSON, and the names of the skipped tests. A file that could not run at all is one failure. */
export function countTests({
  testResults,
  numPassedTests,
  numFailedTests,
  numRuntimeErrorTestSuites,
}) {
  const skipped = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => ['pending', 'todo', 'skipped', 'disabled'].includes(status))
      .map(({ fullName }) => `${path.relative(root, name)}: ${fullName}`),
  );
  return { passed: numPassedTests, failed: numFailedTests + numRuntimeErrorTestSuites, skipped };
}

if (isMain(import.meta.url)) {
  main(async () => {
    const start = performance.now();
    const args = process.argv.slice(2);
    await setup();
    const counts = await runJest(args);
    // With a name pattern, all other tests count as skipped: that is what was asked for.
    const filtered = args.some((arg) => /^(-t|--testNamePattern|--test-name-pattern)/.test(arg));
    if (filtered) counts.skipped = [];
    if (counts.skipped.length > 0) console.log('\nLeft out on this machine:');
    for (const name of counts.skipped) console.log(`- ${name}`);
    // How `npm run check` learns the counts of the `npm test` that it starts.
    const file = process.env.PSE_TEST_COUNTS;
    if (file) fs.writeFileSync(file, JSON.stringify(counts));
    console.log(
      `\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped.length} left out (${seconds(start)})`,
    );
    if (counts.failed > 0 || counts.passed === 0) process.exitCode = 1;
  });
}
