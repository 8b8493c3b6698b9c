// Two set-ups of one folder at once would build into each other's files: the second waits for the first.
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Runs `work` while this process alone holds the lock `file`.
 * The lock is a hard link to a file with our process id: made in one step, so it is never seen half-written.
 */
export async function withLock(file, work, { log = console.log } = {}) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const own = `${file}.${process.pid}`;
  fs.writeFileSync(own, `${process.pid}`);
  try {
    for (let waited = 0; !take(own, file); waited++) {
      if (waited === 0)
        log(`setup: waiting for the set-up of process ${owner(file)} (its lock: ${file})`);
      await sleep(200);
    }
  } finally {
    fs.rmSync(own, { force: true });
  }
  const release = () => fs.rmSync(file, { force: true });
  // Ctrl-C ends the process without a `finally`.
  const interrupted = (signal) => {
    release();
    process.exit(128 + (signal === 'SIGINT' ? 2 : 15));
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    return await work();
  } finally {
    release();
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
  }
}

function take(own, file) {
  try {
    fs.linkSync(own, file);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  const pid = owner(file);
  if (pid === undefined || (pid !== process.pid && alive(pid))) return false;
  // Its owner died. Renaming is won by one of those who see this; everyone then tries again.
  const stale = `${own}.stale`;
  try {
    fs.renameSync(file, stale);
    // Not the file that was looked at: another process has taken the lock meanwhile, so it gets it back.
    if (owner(stale) !== pid) fs.linkSync(stale, file);
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
    return Number(fs.readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
