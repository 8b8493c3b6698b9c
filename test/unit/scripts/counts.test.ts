// How results are counted and summed: what failed without a count is a failure too.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readCounts, summarize } from '../../../scripts/check.mjs';
import { root } from '../../../scripts/run-command.mjs';
import { countTests } from '../../../scripts/test.mjs';

describe('countTests', () => {
  const results = (changes: object) => ({
    testResults: [],
    numPassedTests: 0,
    numFailedTests: 0,
    numRuntimeErrorTestSuites: 0,
    ...changes,
  });

  test('takes the counts of tests', () => {
    expect(countTests(results({ numPassedTests: 5, numFailedTests: 2 }))).toEqual({
      passed: 5,
      failed: 2,
      skipped: [],
    });
  });

  test('counts a file that could not run as one failure', () => {
    expect(countTests(results({ numPassedTests: 5, numRuntimeErrorTestSuites: 1 })).failed).toBe(1);
  });

  test('names what was left out, whatever the way', () => {
    const file = (name: string, ...statuses: readonly string[]) => ({
      name: join(root, name),
      assertionResults: statuses.map((status) => ({ status, fullName: `is ${status}` })),
    });
    const testResults = [
      file('test/a.test.ts', 'passed', 'pending', 'failed', 'todo'),
      file('test/b.test.ts', 'skipped', 'disabled'),
    ];
    expect(countTests(results({ testResults })).skipped).toEqual([
      'test/a.test.ts: is pending',
      'test/a.test.ts: is todo',
      'test/b.test.ts: is skipped',
      'test/b.test.ts: is disabled',
    ]);
  });
});

describe('readCounts', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'pse-counts-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const read = (counts: object | undefined, ended: string) => {
    const file = join(folder, 'counts.json');
    if (counts !== undefined) writeFileSync(file, JSON.stringify(counts));
    return readCounts(file, ended);
  };

  test('takes the counts as they are', () => {
    const counts = { passed: 5, failed: 2, skipped: ['x'] };
    expect(read(counts, 'badly')).toEqual(counts);
    expect(read({ ...counts, failed: 0 }, 'well')).toEqual({ ...counts, failed: 0 });
  });

  test('finds a failure where tests ended badly and none had failed', () => {
    expect(read({ passed: 0, failed: 0, skipped: ['x'] }, 'badly')).toEqual({
      passed: 0,
      failed: 1,
      skipped: ['x'],
    });
  });

  test('finds a failure where tests ended before there was anything to count', () => {
    expect(read(undefined, 'badly')).toEqual({ passed: 0, failed: 1, skipped: [] });
  });
});

test('summarize says each part, what was left out, and the sum last', () => {
  const parts = [
    { title: 'static checks', passed: 9, failed: 1, took: '4.0 s' },
    { title: 'tests', passed: 90, failed: 2, took: '60.0 s', skipped: ['test/a: is slow'] },
  ];
  expect(summarize(parts)).toEqual([
    'static checks: 9 passed, 1 failed (4.0 s)',
    'tests: 90 passed, 2 failed (60.0 s)',
    'left out: test/a: is slow',
    '99 passed, 3 failed',
  ]);
  expect(summarize([])).toEqual(['0 passed, 0 failed']);
});
