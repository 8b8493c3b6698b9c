import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { FINDING_CODES, SEVERITIES } from '../../../lib/diagnose/finding';

const page = readFileSync(join(__dirname, '../../../docs/diagnosis.md'), 'utf8');
const [symptoms, findings] = page.split('## Every finding') as [string, string];
const rows = [...findings.matchAll(/^\| `([\w-]+)` \| ([^|]+) \|/gm)];

test('docs/diagnosis.md has a row for every code, in their order, and for no other', () => {
  expect(rows.map(([, code]) => code)).toEqual(FINDING_CODES);
});

test('its rows begin with a severity', () => {
  const words = rows.map(([, , severity]) => severity!.split(/[ ,]/)[0]);
  expect(words.filter((word) => !(SEVERITIES as readonly string[]).includes(word!))).toEqual([]);
});

test('its symptoms lead to codes that exist', () => {
  const row = /^\| [^|]+\| ([^|]+) \|/gm;
  const named = [...symptoms.matchAll(row)].flatMap(([, cell]) =>
    [...cell!.matchAll(/`([a-z]+(?:-[a-z]+)+)`/g)].map(([, code]) => code),
  );
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((code) => !(FINDING_CODES as readonly string[]).includes(code!))).toEqual([]);
});

test('every code has a test beside this one', () => {
  const tests = readdirSync(__dirname)
    .filter((name) => name.endsWith('.test.ts') && name !== 'page.test.ts')
    .map((name) => readFileSync(join(__dirname, name), 'utf8'))
    .join('\n');
  expect(FINDING_CODES.filter((code) => !tests.includes(`'${code}'`))).toEqual([]);
});
