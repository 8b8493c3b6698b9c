// The project's files as Git sees them: tracked, or new and not ignored.
import fs from 'node:fs';
import path from 'node:path';
import { probe, root } from './run-command.mjs';

/** Paths relative to the project folder, sorted. */
export async function projectFiles(directory = root) {
  const { code, output } = await probe('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
    cwd: directory,
  });
  if (code !== 0) throw new Error(`git ls-files: ${output}`);
  const files = new Set(output.split('\0').filter(Boolean));
  // A file that was deleted and not yet committed is still listed.
  return [...files].filter((file) => fs.existsSync(path.join(directory, file))).sort();
}

/** The C++ and CUDA files of native/. */
export async function nativeSources() {
  return (await projectFiles()).filter((file) => /^native\/.*\.(h|cpp|cu|cuh)$/.test(file));
}
