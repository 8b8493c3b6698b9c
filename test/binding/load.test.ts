// npm run soak and npm run bench:overhead, in short: both run, and what they measure is of the right size.
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ROOT, run } from '../support/process';

async function json(script: string, ...args: readonly string[]) {
  const { stdout, stderr } = await run(process.execPath, [join(ROOT, script), '--json', ...args]);
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

describe('soak', () => {
  test('makes every kind of call, and loses none', async () => {
    const { calls, counts, lag, threads } = await json('scripts/soak.mjs', '--calls', '3000');
    expect(Object.keys(counts)).toEqual([
      'sync',
      'plain',
      'shared',
      'out',
      'abort',
      'tensors',
      'forgotten',
    ]);
    for (const count of Object.values(counts)) expect(count).toBeGreaterThan(400);
    expect(calls).toBeGreaterThan(1000);
    expect(threads).toBeLessThan(40);
    expect(lag.median).toBeLessThan(500);
  });
});

describe('overhead', () => {
  test('of a call is far from its native work', async () => {
    const { rows } = await json('bench/overhead.mjs', '--rounds', '5', '--calls', '60');
    expect(rows).toHaveLength(5);
    // Ten times the goals: tests share the machine with each other. The goals themselves are for the command.
    for (const { name, goal, overhead, native } of rows) {
      expect([name, overhead > 1 && overhead < 10 * goal, native > 10]).toEqual([name, true, true]);
    }
  });
});
