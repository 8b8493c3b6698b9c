// The lock of set-up: one at a time, whatever happens to those who hold it.
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { withLock } from '../../../scripts/setup-lock.mjs';
import { startModule } from './child';

let folder = '';
let lock = '';
let log = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pse-lock-'));
  lock = join(folder, 'build', 'setup.lock');
  log = join(folder, 'log');
  writeFileSync(log, '');
});
afterEach(() => rmSync(folder, { recursive: true }));

const logged = () => readFileSync(log, 'utf8').split('\n').filter(Boolean);
const left = () => readdirSync(join(folder, 'build'));
const quiet = { log: () => {} };

/** A process that takes the lock, notes that it did, and keeps it for `ms`. */
function holder(ms: number) {
  return startModule(
    `import fs from 'node:fs';
     import { setTimeout as sleep } from 'node:timers/promises';
     import { main } from '@/run-command.mjs';
     import { withLock } from '@/setup-lock.mjs';
     const [lock, log, ms] = process.argv.slice(1);
     main(() => withLock(lock, async () => {
       fs.appendFileSync(log, 'in ' + process.pid + '\\n');
       await sleep(Number(ms));
       fs.appendFileSync(log, 'out ' + process.pid + '\\n');
     }));`,
    [lock, log, String(ms)],
  );
}

async function untilHeld() {
  while (logged().length === 0) await sleep(10);
}

/** The process id of a process that has ended. */
async function endedProcess(): Promise<number> {
  const child = startModule('');
  await child.ended;
  return child.process.pid!;
}

/** A lock file that somebody left: a process id and the start of that process. */
function leaveLock(text: string) {
  rmSync(join(folder, 'build'), { recursive: true, force: true });
  return withLock(lock, async () => {}, quiet).then(() => writeFileSync(lock, text));
}

/** True if no two were in at once. */
function takeTurns(lines: readonly string[]) {
  return lines.every((line, i) => {
    const [what, who] = line.split(' ');
    return i % 2 === 0 ? what === 'in' : what === 'out' && lines[i - 1] === `in ${who}`;
  });
}

describe('a second process', () => {
  test('waits for the first, and says for whom and where the lock is', async () => {
    const first = holder(600);
    await untilHeld();
    const second = holder(0);
    const { stdout } = await second.ended;
    const [one, two] = [first.process.pid, second.process.pid];
    expect(logged()).toEqual([`in ${one}`, `out ${one}`, `in ${two}`, `out ${two}`]);
    expect(stdout).toBe(`setup: waiting for the set-up of process ${one} (its lock: ${lock})\n`);
    expect((await first.ended).stdout).toBe('');
    expect(left()).toEqual([]);
  });

  test('takes over from one that was killed', async () => {
    const first = holder(10_000);
    await untilHeld();
    first.process.kill('SIGKILL');
    await first.ended;
    expect(left()).toEqual(['setup.lock']);
    const { code, stdout } = await holder(0).ended;
    expect([code, stdout]).toEqual([0, '']);
    expect(left()).toEqual([]);
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'finds nothing left of one that %s ended',
    async (signal) => {
      const first = holder(10_000);
      await untilHeld();
      first.process.kill(signal);
      await first.ended;
      expect(left()).toEqual([]);
    },
  );

  test('comes in after all others when many find a lock that was left', async () => {
    await leaveLock(`${await endedProcess()} 1`);
    const all = Array.from({ length: 6 }, () => holder(30));
    const endings = await Promise.all(all.map(({ ended }) => ended));
    expect(endings.map(({ code }) => code)).toEqual(all.map(() => 0));
    expect(logged()).toHaveLength(12);
    expect(takeTurns(logged())).toBe(true);
    expect(left()).toEqual([]);
  });
});

describe('a lock that was left', () => {
  test.each<[string, () => Promise<string>]>([
    ['by a process that has ended', async () => `${await endedProcess()} 1`],
    ['by an earlier process with the id of a living one', async () => `${process.ppid} 1`],
    ['by an earlier process with our own id', async () => `${process.pid} 1`],
  ])('%s is taken over', async (_, text) => {
    await leaveLock(await text());
    const said: string[] = [];
    await expect(
      withLock(lock, async () => 'worked', { log: (line: string) => said.push(line) }),
    ).resolves.toBe('worked');
    expect(said).toEqual([]);
    expect(left()).toEqual([]);
  });
});

describe('within one process', () => {
  test('hands on what the work resolves to', async () => {
    await expect(withLock(lock, async () => 7, quiet)).resolves.toBe(7);
  });

  test('is given back when the work fails, whose error passes', async () => {
    const failing = withLock(lock, () => Promise.reject(new Error('no space left')), quiet);
    await expect(failing).rejects.toThrow('no space left');
    expect(left()).toEqual([]);
    await expect(withLock(lock, async () => 'again', quiet)).resolves.toBe('again');
  });

  test('keeps calls apart too', async () => {
    const work = (name: string) => async () => {
      appendFileSync(log, `in ${name}\n`);
      await sleep(20);
      appendFileSync(log, `out ${name}\n`);
    };
    await Promise.all(['a', 'b', 'c'].map((name) => withLock(lock, work(name), quiet)));
    expect(logged()).toHaveLength(6);
    expect(takeTurns(logged())).toBe(true);
    expect(left()).toEqual([]);
  });

  test('leaves no listener behind', async () => {
    const before = process.listenerCount('exit');
    await withLock(lock, async () => {}, quiet);
    expect(process.listenerCount('exit')).toBe(before);
  });
});
