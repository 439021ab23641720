/** `maggy api`, `maggy optimizer`, `maggy worker`: the processes of a deployment, one each. They run until they are asked to end. */
import type { MetricsAddress } from '../../metrics/server.ts';
import { logOptions } from '../../core/log-options.ts';
import { extensionFiles, keyPrefix, logLevel, redisUrl, requiresKeys, storeFolder, trustedProxies } from '../environment.ts';
import { aborted, whenAskedToEnd } from '../signals.ts';
import { endWithOwner, tellOwner } from '../stack/ownership.ts';
import { explainListening } from '../stack/port.ts';

export async function api({ host, port }: { readonly host: string; readonly port: number }): Promise<void> {
  endWithOwner();
  const asked = whenAskedToEnd();
  const [{ traced }, { startServer }, { loadAlgorithms }, { pino }] = await Promise.all([
    import('../tracing.ts'),
    import('../../api/server.ts'),
    import('../../optimizer/service/extensions.ts'),
    import('pino'),
  ]);
  const logger = pino({ name: 'api', level: logLevel(), ...logOptions });
  const prefix = keyPrefix();
  await traced('api', logger, async () => {
    const server = await startServer({
      redisUrl: redisUrl(),
      ...(prefix === undefined ? {} : { prefix }),
      storeFolder: storeFolder(),
      catalogue: await loadAlgorithms(extensionFiles()),
      host,
      port,
      requireKeys: requiresKeys(host),
      trustProxy: trustedProxies(),
      logger,
    }).catch((error: unknown) => {
      throw explainListening(error, host, port);
    });
    await tellOwner({ type: 'ready', url: server.url });
    await aborted(asked);
    await server.close();
  });
}

/**
 * @param concurrency experiments it looks after at once
 * @param metrics where it serves its metrics; nowhere where absent
 */
export async function optimizer(concurrency?: number, metrics?: MetricsAddress): Promise<void> {
  endWithOwner();
  const prefix = keyPrefix();
  const [{ traced }, { runOptimizer }, { loadAlgorithms }, { pino }] = await Promise.all([
    import('../tracing.ts'),
    import('../../optimizer/main.ts'),
    import('../../optimizer/service/extensions.ts'),
    import('pino'),
  ]);
  const log = pino({ name: 'optimizer', level: logLevel(), ...logOptions });
  const algorithms = await loadAlgorithms(extensionFiles());
  await traced('optimizer', log, () =>
    runOptimizer({
      redisUrl: redisUrl(),
      ...(prefix === undefined ? {} : { prefix }),
      storeFolder: storeFolder(),
      algorithms,
      extensions: extensionFiles(),
      ...(concurrency === undefined ? {} : { concurrency }),
      ...(metrics === undefined ? {} : { metrics }),
      log,
    }),
  );
}

/** Flags as `maggy worker` takes them, in camel case; what they leave open the worker takes from the environment. */
export async function worker(flags: Readonly<Record<string, string | number | boolean>>): Promise<void> {
  endWithOwner();
  const [{ runWorker, startSlots, workerLog }, { readWorkerOptions }] = await Promise.all([
    import('../../worker/main.ts'),
    import('../../worker/options.ts'),
  ]);
  const all = { ...flags, redis: redisUrl(), store: flags.store ?? storeFolder() };
  const args = Object.entries(all).map(([name, value]) => {
    const flag = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    return value === true ? flag : `${flag}=${value}`;
  });
  const tell = (line: string): void => {
    if (process.connected) void tellOwner({ type: 'notice', line });
    else process.stderr.write(`${line}\n`);
  };
  const options = readWorkerOptions(args, process.env);
  const log = workerLog(options);
  const started = startSlots(options, log);
  const { traced } = await import('../tracing.ts');
  const code = await traced('worker', log, () => runWorker({ options, log, started, tell }));
  // Within the bound of its drain, whatever a library may still hold open.
  process.exit(code);
}
