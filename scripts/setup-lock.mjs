// Two set-ups of one folder at once would build into each other's files: the second waits for the first.
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Two waiting calls of one process need two files. */
let calls = 0;

/**
 * Runs `work` while this call alone holds the lock `file`.
 * The lock is a hard link to a file that names our process: made in one step, so it is never seen half-written.
 */
export async function withLock(file, work, { log = console.log } = {}) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  calls += 1;
  const own = `${file}.${process.pid}-${calls}`;
  fs.writeFileSync(own, nameOf(process.pid));
  try {
    let told = false;
    while (!take(own, file)) {
      const holder = owner(file);
      if (holder !== undefined && !told) {
        log(`setup: waiting for the set-up of process ${pidOf(holder)} (its lock: ${file})`);
        told = true;
      }
      await sleep(200);
    }
  } finally {
    fs.rmSync(own, { force: true });
  }
  const release = () => fs.rmSync(file, { force: true });
  // An interrupted process ends without a `finally`.
  process.once('exit', release);
  try {
    return await work();
  } finally {
    release();
    process.off('exit', release);
  }
}

function take(own, file) {
  try {
    fs.linkSync(own, file);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  const holder = owner(file);
  if (holder === undefined || alive(holder)) return false;
  // Its owner died. Renaming is won by one of those who see this; everyone then tries again.
  const stale = `${own}.stale`;
  try {
    fs.renameSync(file, stale);
    // Not the file that was looked at: another process has taken the lock meanwhile, so it gets it back.
    if (owner(stale) !== holder) fs.linkSync(stale, file);
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error;
  } finally {
    fs.rmSync(stale, { force: true });
  }
  return false;
}

/** The process that holds the lock; undefined if it has just gone. */
function owner(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function alive(holder) {
  const pid = pidOf(holder);
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code !== 'EPERM') return false;
  }
  return nameOf(pid) === holder;
}

/** A process id, and the moment of its start where the system tells: ids are used again, in containers at once. */
function nameOf(pid) {
  try {
    // The words after the program's name, which may hold spaces: the state, and 19 further on the start.
    const words = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
    return words[0] === 'Z' ? `${pid} ended` : `${pid} ${words[19]}`;
  } catch {
    return `${pid}`;
  }
}

function pidOf(name) {
  return Number.parseInt(name, 10);
}
