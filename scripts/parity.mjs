// npm run parity [-- --json]: set-up, then the loss held against upstream's own files, the PyTorch port and the golden numbers,
// with a table of how far apart they are: for each option the cases, the largest differences, the pixels of masks.

import { printReport } from './parity-report.mjs';
import { main } from './run-command.mjs';
import { setup } from './setup.mjs';

main(async () => {
  await setup();
  const tests = ['upstream', 'pse-loss', 'port'];
  await printReport(tests.map((name) => `test/parity/${name}.test.ts`));
});
