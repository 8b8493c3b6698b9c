// npm run format: writes every source file the way that `npm run check:static` wants it.
import { main, nodeBin, run } from './run-command.mjs';
import { setup, venvBin } from './setup.mjs';
import { nativeSources } from './sources.mjs';

main(async () => {
  await setup();
  await run(nodeBin('biome'), ['check', '--write']);
  const sources = await nativeSources();
  await run(venvBin('clang-format'), ['-i', ...sources], {
    shown: ['clang-format', '-i', `(${sources.length} files of native/)`],
  });
});
