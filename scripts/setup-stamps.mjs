// How set-up knows that a step has nothing to do: a stamp holds the fingerprint of everything the step read. It is taken
// away before the step begins and written when it has ended, so an interrupted step runs again.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

/**
 * A hash of values and of the contents of files and folders; a file that is missing counts as such.
 * @param {{ values?: object, files?: string[] }} read
 */
export function fingerprint({ values = {}, files = [] }) {
  const hash = createHash('sha256').update(JSON.stringify(values));
  for (const file of files.flatMap(listFiles)) {
    hash.update(`\0${file}\0`);
    hash.update(fs.existsSync(file) ? fs.readFileSync(file) : 'missing');
  }
  return hash.digest('hex');
}

/** Size and time of a file, for those too large to read; null if it is missing. */
export function trace(file) {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  return stat ? [file, stat.size, stat.mtimeMs] : null;
}

/** The stamp of one step: `file` holds the fingerprint of what was done, and the traces of what came out. */
export class Stamp {
  constructor(file) {
    this.file = file;
  }

  /** True if the step ended with this fingerprint and its results still are what they were. */
  matches(expected) {
    const { fingerprint, results = [] } = this.read();
    return (
      fingerprint === expected &&
      results.every((result) => JSON.stringify(trace(result[0])) === JSON.stringify(result))
    );
  }

  /** What was noted beside the fingerprint. */
  read() {
    try {
      return JSON.parse(fs.readFileSync(this.file, 'utf8'));
    } catch {
      return {};
    }
  }

  remove() {
    fs.rmSync(this.file, { force: true });
  }

  /**
   * `results`: files that must stay as they are now for the step to count as done.
   * @param {string} fingerprint
   * @param {{ results?: string[], [note: string]: unknown }} notes
   */
  write(fingerprint, { results = [], ...notes } = {}) {
    fs.mkdirSync(path.dirname(this.file), { recursive: true });
    const text = JSON.stringify({ fingerprint, results: results.map(trace), ...notes });
    fs.writeFileSync(`${this.file}.new`, text);
    fs.renameSync(`${this.file}.new`, this.file);
  }
}

/** The file itself, or every file in the folder, sorted. */
export function listFiles(entry) {
  const stat = fs.statSync(entry, { throwIfNoEntry: false });
  if (!stat?.isDirectory()) return [entry];
  return fs
    .readdirSync(entry, { recursive: true, withFileTypes: true })
    .filter((found) => found.isFile())
    .map((found) => path.join(found.parentPath, found.name))
    .sort();
}
