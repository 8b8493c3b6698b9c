// How scripts run commands: what is printed, what is collected, and how it all ends.
import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import {
  CommandError,
  commandLine,
  isMain,
  probe,
  root,
  run,
  seconds,
  step,
} from '../../../scripts/run-command.mjs';
import { type Ending, start } from '../../support/process';
import { startModule } from './child';

const NODE = process.execPath;
const BOTH = ['-e', 'process.stdout.write("out\\n"); process.stderr.write("err\\n")'];
const FAILING = ['-e', 'console.log("what went wrong"); process.exit(3)'];
const silent = { show: 'none', print: false };

describe('commandLine', () => {
  test.each<[string, string, string[]]>([
    ['git commit -m msg', 'git', ['commit', '-m', 'msg']],
    ["git commit -m 'two words'", 'git', ['commit', '-m', 'two words']],
    ["echo '' 'it'\\''s' '$HOME' '*' 'a;b'", 'echo', ['', "it's", '$HOME', '*', 'a;b']],
    [
      "pip install 'pip>=23.2' torch==2.13.0+cpu",
      'pip',
      ['install', 'pip>=23.2', 'torch==2.13.0+cpu'],
    ],
    ["rm '~' '#x' a~b", 'rm', ['~', '#x', 'a~b']],
    ['node_modules/.bin/tsc -p .', `${root}/node_modules/.bin/tsc`, ['-p', '.']],
    ['cmake -DA=build/x', 'cmake', [`-DA=${root}/build/x`]],
    [`cat '/a folder/x' ${root}x`, 'cat', ['/a folder/x', `${root}x`]],
  ])('%s', (line, command, args) => {
    expect(commandLine(command, args)).toBe(line);
  });

  test('can be pasted into a shell', async () => {
    const words = ['a b', "it's", '$HOME', '~', '`x`', '>=2', '', '\\', '"', '#', '!', '{a,b}'];
    const script = `${commandLine(NODE, ['-p', 'JSON.stringify(process.argv.slice(1))', '--', ...words])}`;
    const { stdout } = await start('/bin/sh', ['-c', script]).ended;
    expect(JSON.parse(stdout)).toEqual(words);
  });
});

describe('run', () => {
  let log: ReturnType<typeof jest.spyOn>;
  beforeEach(() => {
    log = jest.spyOn(console, 'log').mockImplementation(() => {});
  });
  afterEach(() => log.mockRestore());

  test('prints the command, or what is to be shown for it', async () => {
    await run(NODE, ['-e', ''], { show: 'none' });
    await run(NODE, ['-e', ''], { show: 'none', shown: ['node', '(nothing)'] });
    expect(log.mock.calls).toEqual([
      [`  $ ${commandLine(NODE, ['-e', ''])}`],
      ["  $ node '(nothing)'"],
    ]);
  });

  test('prints nothing for a probe', async () => {
    await probe(NODE, ['-e', '']);
    expect(log).not.toHaveBeenCalled();
  });

  test('resolves to both streams', async () => {
    const output = await run(NODE, BOTH, silent);
    expect(output.split('\n').sort()).toEqual(['', 'err', 'out']);
  });

  test('runs in the project folder, or in another', async () => {
    const where = ['-p', 'process.cwd()'];
    expect(await run(NODE, where, silent)).toBe(`${root}\n`);
    expect(await run(NODE, where, { ...silent, cwd: '/' })).toBe('/\n');
  });

  test('gives nothing to read, so that a question is not waited for', async () => {
    const read = `process.stdin.resume().on('end', () => console.log('no answer'));
      setTimeout(() => process.exit(9), 5000).unref();`;
    expect(await run(NODE, ['-e', read], silent)).toBe('no answer\n');
  });

  test('rejects with the command, its exit code and its output', async () => {
    const error = await run(NODE, FAILING, silent).catch((reason) => reason);
    expect(error).toBeInstanceOf(CommandError);
    expect(error).toMatchObject({
      message: `${commandLine(NODE, FAILING)}: exit code 3`,
      code: 3,
      signal: null,
      output: 'what went wrong\n',
    });
  });

  test('rejects with the signal that ended the command', async () => {
    const error = await run(NODE, ['-e', 'process.kill(process.pid, "SIGKILL")'], silent).catch(
      (reason) => reason,
    );
    expect(error).toMatchObject({ code: null, signal: 'SIGKILL' });
    expect(error.message).toMatch(/: ended by SIGKILL$/);
  });

  test('rejects for a command that is not there, as a shell does: 127', async () => {
    const error = await run('no-such-command', [], silent).catch((reason) => reason);
    expect(error).toMatchObject({ code: 127, output: 'spawn no-such-command ENOENT\n' });
  });

  test('steps print a line before and the time after', async () => {
    expect(await step('a title', async () => 7)).toBe(7);
    expect(log.mock.calls).toEqual([
      ['a title'],
      [expect.stringMatching(/^ {2}done in \d\.\d s$/)],
    ]);
    expect(seconds(performance.now() - 1234)).toBe('1.2 s');
  });

  test('probes resolve whatever the end', async () => {
    expect(await probe(NODE, FAILING)).toEqual({ code: 3, output: 'what went wrong\n' });
    expect((await probe('no-such-command', [])).code).toBe(127);
  });
});

/** A script that runs a command, as main() does it. */
function script(work: string, ...args: readonly string[]) {
  return startModule(
    `import { main, run } from '@/run-command.mjs';
     main(async () => { ${work} });`,
    args,
  );
}

describe('show', () => {
  const running = (show: string, args: readonly string[]) =>
    script(
      `await run(process.execPath, ${JSON.stringify(args)}, { show: '${show}', shown: ['x'] });`,
    ).ended;

  test.each<[string, readonly string[], Partial<Ending>]>([
    ['all', BOTH, { code: 0, stdout: '  $ x\nout\n', stderr: 'err\n' }],
    ['failure', BOTH, { code: 0, stdout: '  $ x\n', stderr: '' }],
    ['none', BOTH, { code: 0, stdout: '  $ x\n', stderr: '' }],
    ['all', FAILING, { code: 1, stdout: '  $ x\nwhat went wrong\n', stderr: '\nx: exit code 3\n' }],
    [
      'failure',
      FAILING,
      { code: 1, stdout: '  $ x\n    what went wrong\n', stderr: '\nx: exit code 3\n' },
    ],
    ['none', FAILING, { code: 1, stdout: '  $ x\n', stderr: '\nx: exit code 3\n' }],
  ])('%s, for %p', async (show, args, expected) => {
    expect(await running(show, args)).toMatchObject({ signal: null, ...expected });
  });
});

describe('main', () => {
  test('ends with the message alone for what a person can mend', async () => {
    const { code, stderr } = await script(
      `throw Object.assign(new Error('no compiler'), { name: 'SetupError' });`,
    ).ended;
    expect([code, stderr]).toEqual([1, '\nno compiler\n']);
  });

  test('ends with the stack for a bug', async () => {
    const { code, stderr } = await script(`null.x;`).ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^TypeError: .*\n {4}at /);
  });

  const CHILD = `const fs = require("fs");
    process.on("SIGINT", () => {}).on("SIGTERM", () => {
      fs.writeSync(1, "child was told\\n"); setTimeout(() => process.exit(), 100);
    });
    process.on("exit", () => fs.writeSync(1, "child ended\\n"));
    setTimeout(() => process.exit(), 600);
    fs.writeSync(1, "ready\\n");`;

  test.each([
    ['SIGTERM', 143, 'child was told\nchild ended\n'],
    // A terminal would have sent it to the child as well.
    ['SIGINT', 130, 'child ended\n'],
  ] as const)(
    'at %s waits for the command in the foreground to end',
    async (signal, code, said) => {
      const child = script(
        `await run(process.execPath, ['-e', ${JSON.stringify(CHILD)}], { shown: ['x'] });
       console.log('went on');`,
      );
      const ready = new Promise<void>((resolve) => {
        child.process.stdout?.on('data', (text: string) => text.includes('ready') && resolve());
      });
      await ready;
      child.process.kill(signal);
      const ending = await child.ended;
      expect(ending.code).toBe(code);
      expect(ending.stdout).toBe(`  $ x\nready\n${said}`);
    },
  );

  test('ends at once where no command runs', async () => {
    const child = script(`console.log('ready'); await new Promise((r) => setTimeout(r, 10_000));`);
    await new Promise((resolve) => child.process.stdout?.once('data', resolve));
    const begin = performance.now();
    child.process.kill('SIGTERM');
    expect((await child.ended).code).toBe(143);
    expect(performance.now() - begin).toBeLessThan(5000);
  });

  test('ends a command in the background with all that it started', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'pse-run-'));
    try {
      const note = join(folder, 'alive');
      // The grandchild notes every 20 ms that it is alive.
      const child = script(
        `await run('/bin/sh', ['-c', 'while :; do echo x >> "$0"; sleep 0.02; done & wait', process.argv[1]], { show: 'failure' });`,
        note,
      );
      while (size(note) === 0) await sleep(10);
      child.process.kill('SIGTERM');
      expect((await child.ended).code).toBe(143);
      await sleep(50);
      const after = size(note);
      await sleep(200);
      expect(size(note)).toBe(after);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

function size(file: string) {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

describe('isMain', () => {
  test('is false in a module that was imported', () => {
    expect(isMain(`file://${join(root, 'scripts/setup.mjs')}`)).toBe(false);
  });

  test('is true in the script that was started, by a path through a link too, and by none other', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'pse main '));
    try {
      const url = JSON.stringify(`file://${join(root, 'scripts/run-command.mjs')}`);
      const say = (name: string, more = '') =>
        writeFileSync(
          join(folder, name),
          `import { isMain } from ${url};\n${more}\nconsole.log('${name}', isMain(import.meta.url));\n`,
        );
      say('imported.mjs');
      say('started.mjs', "import './imported.mjs';");
      symlinkSync(folder, `${folder}-link`);
      for (const path of [folder, `${folder}-link`]) {
        const { stdout } = await start(NODE, [join(path, 'started.mjs')]).ended;
        expect(stdout).toBe('imported.mjs false\nstarted.mjs true\n');
      }
    } finally {
      rmSync(`${folder}-link`, { force: true });
      rmSync(folder, { recursive: true });
    }
  });

  test('is false where no script was started', async () => {
    const { code, stdout } = await startModule(
      `import { isMain } from '@/run-command.mjs'; console.log(isMain(import.meta.url));`,
    ).ended;
    expect([code, stdout]).toEqual([0, 'false\n']);
  });
});
