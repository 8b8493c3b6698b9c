// A small project that is thrown away: files in a Git repository of its own, as the checks read one.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Runs `work` in a new repository that holds these files, by path. */
export async function inFolder<T>(
  files: Readonly<Record<string, string | Uint8Array>>,
  work: (folder: string) => T | Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'pse-folder-'));
  try {
    execFileSync('git', ['init', '-q'], { cwd: folder });
    for (const [file, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), content);
    }
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
