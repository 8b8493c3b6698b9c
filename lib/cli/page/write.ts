// Puts the finished page in its place in one move: whoever looks sees the old report or the new one.
import { constants } from 'node:fs';
import { access, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
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
    await access(folder, constants.W_OK);
  } catch {
    throw new Problem(`--out ${target}: no permission to write in ${folder}`);
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
  const temporary = join(exists ? target : dirname(target), `.pse-loss-${process.pid}.tmp`);
  try {
    await mkdir(temporary, { recursive: true });
    await writeFile(join(temporary, FILE), page, { flush: true });
    signal.throwIfAborted();
    if (exists) await rename(join(temporary, FILE), join(target, FILE));
    else await rename(temporary, target);
  } catch (error) {
    if (signal.aborted) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Problem(`--out ${target}: the report could not be written (${code ?? message})`);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return join(target, FILE);
}

async function nearestFolder(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) return path;
  if (found !== undefined) throw new Problem(`--out ${path}: not a folder`);
  return nearestFolder(dirname(path));
}
