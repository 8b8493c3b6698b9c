// npm run format: writes every source file the way that `npm run check:static` wants it.
import { CommandError, main, nodeBin, run } from './run-command.mjs';
import { setup, venvBin } from './setup.mjs';
import { nativeSources } from './sources.mjs';

main(async () => {
  // What is being formatted may not compile yet.
  await setup({ build: false });
  // What the linter cannot mend is said, and keeps nothing else from being formatted.
  await run(nodeBin('biome'), ['check', '--write']).catch((error) => {
    if (!(error instanceof CommandError)) throw error;
    process.exitCode = 1;
  });
  const sources = await nativeSources();
  await run(venvBin('clang-format'), ['-i', ...sources], {
    shown: ['clang-format', '-i', `(${sources.length} files of native/)`],
  });
});
