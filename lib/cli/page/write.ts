// Puts the finished page in its place in one move: whoever looks sees the old report or the new one.
import { mkdir, mkdtemp, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Problem } from '../problem';

const FILE = 'index.html';

/** Marks our own pages: nothing else is ever replaced. */
export const GENERATOR = '<meta name="generator" content="pse-loss">';

/** Throws a Problem unless a report can go to this folder. */
export async function checkTarget(target: string): Promise<void> {
  const found = await stat(target).catch(() => undefined);
  if (found !== undefined && !found.isDirectory()) {
    throw new Problem(`--out ${target}: not a folder`);
  }
  const file = join(target, FILE);
  const old = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new Problem(`--out ${target}: ${FILE} in it cannot be read (${error.code})`);
  });
  if (old !== undefined && !old.includes(GENERATOR)) {
    throw new Problem(`--out ${target}: holds an ${FILE} that is no report of pse-loss; it stays`);
  }
  const folder = await nearestFolder(target);
  try {
    // Tried, not asked: root may write everywhere, and there are folders in which nobody can.
    await rmdir(await mkdtemp(join(folder, '.pse-loss-')));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Problem(`--out ${target}: nothing can be written in ${folder} (${code})`);
  }
}

/**
 * Writes the page under another name, then moves it to its place. Returns its path.
 * A new report comes with its folder; in a folder that is there, one file is replaced and the others stay.
 */
export async function writeReport(
  target: string,
  page: string,
  signal: AbortSignal,
): Promise<string> {
  const exists = (await stat(target).catch(() => undefined)) !== undefined;
  // On the same disk as the place itself, or the move would be a copy.
  const parent = exists ? target : dirname(target);
  const temporary = join(parent, `.pse-loss-${process.pid}.tmp`);
  const made: string[] = [];
  try {
    await makeFolder(parent, made);
    await mkdir(temporary);
    await writeFile(join(temporary, FILE), page, { flush: true });
    signal.throwIfAborted();
    if (exists) {
      await rename(join(temporary, FILE), join(target, FILE));
      await rmdir(temporary);
    } else {
      await rename(temporary, target);
    }
    return join(target, FILE);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    for (const folder of made.reverse()) await rmdir(folder).catch(() => {});
    if (signal.aborted) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Problem(`--out ${target}: the report could not be written (${code ?? message})`);
  }
}

/**
 * Makes a folder and those above it; `made` says which. Not by mkdir's own `recursive`, which never ends where a system
 * lets nobody make folders, as below /proc.
 */
async function makeFolder(path: string, made: string[]): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined) return;
  await makeFolder(dirname(path), made);
  await mkdir(path);
  made.push(path);
}

async function nearestFolder(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) return path;
  if (found !== undefined) throw new Problem(`--out ${path}: not a folder`);
  return nearestFolder(dirname(path));
}
