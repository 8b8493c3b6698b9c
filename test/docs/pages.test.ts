// Pages as a whole: commands, links, indexes.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { ROOT } from '../support/process';
import { blocksOf, pages, readPage } from './pages';

const { scripts } = JSON.parse(readPage('package.json')) as { scripts: Record<string, string> };

const folder = mkdtempSync(join(tmpdir(), 'pse-docs-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the commands of shell blocks', () => {
  const lines = pages()
    .flatMap(blocksOf)
    .filter(({ language }) => language === 'sh')
    .flatMap(({ code }) => code.trim().split('\n'));

  test('are there', () => expect(lines).toEqual(expect.arrayContaining(['npm start', 'npm test'])));

  test.each([...new Set(lines)])(
    '%s',
    (line) => {
      const { status, stdout, stderr } = spawnSync('bash', ['-c', shortened(line)], {
        cwd: ROOT,
        encoding: 'utf8',
      });
      expect({ status, output: status === 0 ? '' : `${stdout}${stderr}` }).toEqual({
        status: 0,
        output: '',
      });
      if (line.startsWith('npm start')) {
        expect(stdout).toContain(`Report: ${join(folder, 'report', 'index.html')}`);
      }
      if (line.startsWith('npm test')) expect(stdout).toMatch(/\n\d+ passed, 0 failed/);
    },
    120_000,
  );

  /** The same command, on the pages that are there, with little to do: a test must not run all tests. */
  function shortened(line: string): string {
    const there = line.replace('path/to/photos', 'examples/pages');
    const asked = there.includes(' -- ') ? there : `${there} --`;
    if (line.startsWith('npm start')) return `${asked} --steps 2 --out ${join(folder, 'report')}`;
    if (line.startsWith('npm test')) return `${asked} test/unit/errors`;
    throw new Error(`${line}: say here how a test runs it`);
  }
});

test('every `npm run` that a page names exists', () => {
  const named = pages().flatMap((page) =>
    [...readPage(page).matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => ({ page, name })),
  );
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter(({ name }) => scripts[name as string] === undefined)).toEqual([]);
});

test('every command of package.json is in CONTRIBUTING.md', () => {
  const page = readPage('CONTRIBUTING.md');
  const commands = Object.keys(scripts).map((name) =>
    name === 'start' || name === 'test' ? `npm ${name}` : `npm run ${name}`,
  );
  expect(commands.filter((command) => !page.includes(command))).toEqual([]);
});

test('every relative link leads to a file', () => {
  const links = pages().flatMap((page) =>
    [...readPage(page).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, target]) => ({ page, target })),
  );
  const relative = links.filter(({ target }) => !/^[a-z]+:/.test(target as string));
  expect(relative.length).toBeGreaterThan(5);
  expect(
    relative.filter(({ page, target }) => !existsSync(join(ROOT, dirname(page), target as string))),
  ).toEqual([]);
});

test.each(['docs', 'docs/decisions'])('%s/README.md names every page beside it', (room) => {
  const index = readPage(`${room}/README.md`);
  const beside = readdirSync(join(ROOT, room)).filter((name) => name.endsWith('.md'));
  expect(beside.filter((name) => name !== 'README.md' && !index.includes(`](${name})`))).toEqual(
    [],
  );
});

test('code blocks are in a language that something here tries, or plain text', () => {
  const languages = pages()
    .flatMap(blocksOf)
    .map(({ place, language }) => ({ place, language }));
  expect(
    languages.filter(({ language }) => !['ts', 'sh', 'python', 'cpp', 'text'].includes(language)),
  ).toEqual([]);
});
