// The decisions of the verify commands: what a break is, and when two releases of Node.js agree.
import { describe, expect, test } from '@jest/globals';
import { literally, readPatch } from '../../../scripts/verify-breaks.mjs';
import { isRelease, judge } from '../../../scripts/verify-nodes.mjs';

const DIFF = `diff --git a/native/fused/a.h b/native/fused/a.h
--- a/native/fused/a.h
+++ b/native/fused/a.h
@@ -1 +1 @@
-a >= b
+a > b
diff --git a/lib/b.ts b/lib/b.ts
--- a/lib/b.ts
+++ b/lib/b.ts
@@ -1 +1 @@
-x
+y
`;

describe('readPatch', () => {
  const read = (header: string, diff = DIFF) => readPatch('ties.patch', `${header}\n${diff}`);

  test('reads the tests that turn red, and the files that change', () => {
    const header = [
      'OHEM loses negatives that tie with the threshold.',
      'Turns-Red: test/ops/ohem.test.ts :: OHEM keeps every tie (a > b)',
      'Turns-Red:  test/a.test.ts::two :: colons  ',
    ].join('\n');
    expect(read(header)).toEqual({
      name: 'ties.patch',
      tests: [
        { file: 'test/ops/ohem.test.ts', test: 'OHEM keeps every tie (a > b)' },
        { file: 'test/a.test.ts::two', test: 'colons' },
      ],
      touches: ['native/fused/a.h', 'lib/b.ts'],
    });
  });

  test('reads a diff without the line of Git', () => {
    const diff = DIFF.replaceAll(/^diff --git.*\n/gm, '');
    expect(read('Turns-Red: a :: b', diff).touches).toEqual(['native/fused/a.h', 'lib/b.ts']);
  });

  test('takes no test from below the diff', () => {
    expect(() => read('', `${DIFF}+Turns-Red: a :: b\nTurns-Red: a :: b`)).toThrow(
      'ties.patch: no line "Turns-Red: <test file> :: <test name>" above the diff',
    );
  });

  test('throws where no file is changed', () => {
    expect(() => read('Turns-Red: a :: b', '')).toThrow('ties.patch: no file is changed');
  });
});

test.each(['keeps (a > b) [N, C] + 1.5 × $x ^2 | {y} \\ end?', 'plain'])(
  'literally %s is a pattern that finds itself alone',
  (name) => {
    expect(new RegExp(`^${literally(name)}$`).test(name)).toBe(true);
    expect(new RegExp(literally(name)).test(name.replace(/[.a]/, 'X'))).toBe(false);
  },
);

describe('isRelease', () => {
  test.each([
    ['22.12.0', '22', true],
    ['22.12.0', '22.12', true],
    ['22.12.0', '22.12.0', true],
    ['22.12.0', '22.1', false],
    ['22.12.0', '2', false],
    ['22.12.0', '24', false],
  ])('%s of %s', (node, wanted, expected) => {
    expect(isRelease(node, wanted)).toBe(expected);
  });
});

describe('judge', () => {
  const reference = { node: '20.20.2', loss: 0.5, hash: 'abc', sameClass: true };

  test.each([
    [{}, 'ok'],
    [{ hash: 'abd' }, 'other bits'],
    [{ sameClass: false }, 'require and import give different classes'],
    [{ node: '20.20.2' }, 'is not Node 22'],
  ])('%p: %s', (changes, verdict) => {
    expect(judge({ ...reference, node: '22.12.0', ...changes }, reference, '22')).toBe(verdict);
  });
});
