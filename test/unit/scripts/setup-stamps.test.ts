// When a step of set-up counts as done.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { fingerprint, listFiles, Stamp, trace } from '../../../scripts/setup-stamps.mjs';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pse-stamps-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const at = (...names: string[]) => join(folder, ...names);

describe('fingerprint', () => {
  beforeEach(() => {
    mkdirSync(at('src', 'deep'), { recursive: true });
    writeFileSync(at('src', 'a'), 'a');
    writeFileSync(at('src', 'deep', 'b'), 'b');
  });
  const taken = () => fingerprint({ values: { version: 1 }, files: [at('src'), at('one')] });

  test('is the same for the same contents, whatever their times', () => {
    const before = taken();
    utimesSync(at('src', 'a'), 1, 1);
    expect(taken()).toBe(before);
  });

  const rename = (from: string, to: string) => {
    rmSync(at('src', from));
    writeFileSync(at('src', to), 'a');
  };
  const swap = () => {
    writeFileSync(at('src', 'a'), '');
    writeFileSync(at('src', 'deep', 'b'), 'ab');
  };

  const changes: readonly [string, () => void][] = [
    ['another value', () => {}],
    ['another content', () => writeFileSync(at('src', 'deep', 'b'), 'c')],
    ['a new file in a folder', () => writeFileSync(at('src', 'deep', 'c'), '')],
    ['a file that has gone', () => rmSync(at('src', 'a'))],
    ['a file that was missing', () => writeFileSync(at('one'), '')],
    ['a file that was renamed', () => rename('a', 'z')],
    ['content that moved from one file to the next', swap],
  ];
  test.each(changes)('is another for %s', (what, change) => {
    const before = taken();
    change();
    const values = { version: what === 'another value' ? 2 : 1 };
    expect(fingerprint({ values, files: [at('src'), at('one')] })).not.toBe(before);
  });
});

describe('listFiles', () => {
  test('lists a folder to its depths, sorted, and a file as itself, there or not', () => {
    mkdirSync(at('b'));
    for (const name of ['c', 'b/d', 'a']) writeFileSync(at(name), '');
    expect(listFiles(folder)).toEqual([at('a'), at('b', 'd'), at('c')]);
    expect(listFiles(at('a'))).toEqual([at('a')]);
    expect(listFiles(at('none'))).toEqual([at('none')]);
  });

  test('follows no link inside a folder, which might lead round and round', () => {
    symlinkSync(folder, at('round'));
    expect(listFiles(folder)).toEqual([]);
  });
});

describe('Stamp', () => {
  const stamp = () => new Stamp(at('build', 'step.json'));

  test('matches after it was written with the same fingerprint, in another process too', () => {
    expect(stamp().matches('x')).toBe(false);
    stamp().write('x');
    expect(stamp().matches('x')).toBe(true);
    expect(stamp().matches('y')).toBe(false);
  });

  test('matches no more when it was removed, as before a step', () => {
    stamp().write('x');
    stamp().remove();
    expect(stamp().matches('x')).toBe(false);
    expect(() => stamp().remove()).not.toThrow();
  });

  test.each(['', '{"finger', '{}'])('takes a broken file %p for none', (text) => {
    stamp().write('x');
    writeFileSync(stamp().file, text);
    expect(stamp().matches('x')).toBe(false);
  });

  test('keeps notes beside the fingerprint', () => {
    stamp().write('x', { tools: { cxx: 'c++' } });
    expect(stamp().read().tools).toEqual({ cxx: 'c++' });
  });

  const touches: readonly [string, () => void][] = [
    ['has gone', () => rmSync(at('result'))],
    ['is of another size', () => writeFileSync(at('result'), 'longer')],
    ['is of another time', () => utimesSync(at('result'), 1, 1)],
  ];
  test.each(touches)('matches no more when a result %s', (_, touch) => {
    writeFileSync(at('result'), 'text');
    stamp().write('x', { results: [at('result')] });
    expect(stamp().matches('x')).toBe(true);
    touch();
    expect(stamp().matches('x')).toBe(false);
  });
});

test('trace tells a file that is missing', () => {
  expect(trace(at('none'))).toBe(null);
  writeFileSync(at('some'), 'text');
  expect(trace(at('some'))).toEqual([at('some'), 4, expect.any(Number)]);
});
