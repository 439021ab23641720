/** `npm run bench -- <name> [--json]`: each benchmark prints ratios to a peer or to a limit measured in the same run. */
import { Command, Option } from 'commander';
import { printReport, type Row } from './report.ts';

const benches: Record<string, () => Promise<readonly Row[]>> = {
  throughput: async () => (await import('./throughput.ts')).throughput(),
  overhead: async () => (await import('./overhead.ts')).overhead(),
};

const program = new Command('bench')
  .argument('<name>', `one of ${Object.keys(benches).join(', ')}`)
  .addOption(new Option('--json', 'print one JSON object as the last line'))
  .action(async (name: string, options: { json?: boolean }) => {
    const bench = benches[name];
    if (bench === undefined)
      return program.error(`there is no benchmark ${name}: one of ${Object.keys(benches).join(', ')}`, { exitCode: 2 });
    printReport(name, await bench(), options.json === true);
  });
await program.parseAsync();
