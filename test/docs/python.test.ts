// Python in pages: it runs in the Python of the set-up, and prints what its comments say.
import { describe, expect, test } from '@jest/globals';
import { run } from '../support/process';
import { findPython } from '../support/python';
import { blocksOf, pages, patternOf } from './pages';

const blocks = pages()
  .flatMap(blocksOf)
  .filter(({ language }) => language === 'python');

test('there are examples', () => {
  expect(blocks.map(({ place }) => place.split(':')[0])).toContain('docs/python.md');
});

describe.each(blocks.map(({ place, code }) => [place, code] as const))('%s', (_place, code) => {
  test('prints what its comments say', async () => {
    const { code: status, stdout, stderr } = await run(findPython(), ['-c', code]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const said = [...code.matchAll(/print\(.*\) {2}# (.+)$/gm)].map(([, text]) => text as string);
    expect(said.length).toBeGreaterThan(0);
    const printed = stdout.trimEnd().split('\n');
    expect(printed.length).toBe(said.length);
    said.forEach((text, line) => {
      expect(printed[line]).toMatch(patternOf(text));
    });
  }, 60_000);
});
