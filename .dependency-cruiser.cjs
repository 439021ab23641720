/**
 * The rooms of the house and which may import which. Every room is listed; one that is not listed here fails the check.
 * A process (a main.ts, the API's server.ts, the command line) is where rooms are wired together, so its list is longer than its room's.
 */

/** What each room may import besides itself. `training/tf.ts` and the like are covered by rules of their own below. */
const mayImport = {
  core: [],
  telemetry: ['core'],
  modules: ['core'],
  training: ['core', 'modules'],
  optimizer: ['core', 'analysis'],
  analysis: ['core'],
  exports: ['core'],
  queue: ['core', 'telemetry'],
  metrics: ['core'],
  worker: ['core', 'modules', 'training', 'queue', 'metrics', 'telemetry'],
  api: ['core', 'queue', 'metrics', 'telemetry', 'analysis', 'exports'],
  lagom: ['core', 'training', 'optimizer', 'analysis', 'queue', 'worker', 'client'],
  client: ['core'],
  cli: [
    'core',
    'training',
    'optimizer',
    'analysis',
    'exports',
    'queue',
    'metrics',
    'telemetry',
    'worker',
    'api',
    'lagom',
    'client',
    'dashboard',
  ],
  dashboard: ['core', 'client'],
  examples: [],
};

/** What users' files import by the package's name. The examples are such files. */
const entries = ['^training/(index|testing)\\.ts$', '^optimizer/extend\\.ts$', '^lagom/index\\.ts$'];
/** Parts of a room that talk to Redis for it; the rest of the room stays pure. */
const withQueue = ['^optimizer/(main\\.ts$|service/)'];
/** Processes that wire more rooms together than their own may know. */
const processes = ['^api/server\\.ts$'];

const everyRoom = [...Object.keys(mayImport), 'bench', 'test'];
const pureRooms = '^(core|optimizer|analysis|exports)/';
const notPure = '^optimizer/(main\\.ts$|service/)';
const folders = (names) => `^(${names.join('|')})/`;

const roomRules = Object.entries(mayImport).map(([room, allowed]) => ({
  name: `${room}-imports-${allowed.length === 0 ? 'no-other-room' : `only-${allowed.join('-')}`}`,
  comment: `${room}/ may import ${allowed.length === 0 ? 'no other room' : allowed.map((name) => `${name}/`).join(', ')}.`,
  severity: 'error',
  from: { path: `^${room}/`, pathNot: [...withQueue, ...processes] },
  to: { path: folders(everyRoom), pathNot: [folders([room, ...allowed]), ...(room === 'examples' ? entries : [])] },
}));

module.exports = {
  forbidden: [
    ...roomRules,
    {
      name: 'optimizer-service-imports-core-modules-queue-and-metrics',
      comment: 'The service around the engine may import modules/, queue/ and metrics/ too; what decides may not.',
      severity: 'error',
      from: { path: withQueue },
      to: { path: folders(everyRoom), pathNot: folders(['core', 'modules', 'optimizer', 'queue', 'metrics']) },
    },
    {
      name: 'api-server-opens-the-checkpoint-store',
      comment: 'The process wires the store of files to the app, which knows an interface only.',
      severity: 'error',
      from: { path: processes },
      to: {
        path: folders(everyRoom),
        pathNot: [folders(['core', 'queue', 'metrics', 'telemetry', 'analysis', 'exports', 'api']), '^training/checkpoint-store\\.ts$'],
      },
    },
    {
      name: 'engine-ignorant-of-its-service',
      comment: 'What decides never imports what reads and writes for it.',
      severity: 'error',
      from: { path: '^optimizer/', pathNot: notPure },
      to: { path: notPure },
    },
    {
      name: 'nobody-imports-tests-or-benchmarks',
      severity: 'error',
      from: { pathNot: '^(test|bench)/' },
      to: { path: '^(test|bench)/' },
    },
    {
      name: 'no-file-outside-the-rooms',
      comment:
        'A new room is added to the table at the top of this file, with what it may import. vitest.config.ts stands in the root because vitest looks there.',
      severity: 'error',
      from: { path: '\\.[mc]?tsx?$', pathNot: [folders([...everyRoom, 'scripts', 'docs']), '^vitest\\.config\\.ts$'] },
      to: {},
    },
    {
      name: 'only-queue-touches-redis',
      comment: 'Everything that touches Redis goes through queue/. Tests look behind it, and benchmarks measure it against bare BullMQ.',
      severity: 'error',
      from: { pathNot: '^(queue|test|bench)/' },
      to: { path: 'node_modules/(bullmq|ioredis)/' },
    },
    {
      name: 'one-place-imports-tensorflow',
      comment: 'Training code imports tf from training/tf.ts and never names a backend.',
      severity: 'error',
      from: { pathNot: ['^training/tf\\.ts$', '^training/backends/', '^test/'] },
      to: { path: '(node_modules/|^)@tensorflow/' },
    },
    {
      name: 'pure-rooms-do-no-io',
      comment: 'Decisions are functions of their arguments: clock, randomness and files enter as arguments or events.',
      severity: 'error',
      from: { path: pureRooms, pathNot: notPure },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'no-cycles',
      comment: 'Cycles of types count as well: two files that need each other are one idea in two places.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'A file that nothing imports and that imports nothing is left over.',
      severity: 'error',
      from: { orphan: true, pathNot: ['\\.[cm]?js$', '\\.d\\.ts$', '^vitest\\.config\\.ts$', '/main\\.ts$', '^test/', '^examples/'] },
      to: {},
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^@tensorflow/tfjs-node(-gpu)?$' },
    },
    {
      name: 'runtime-needs-no-dev-dependency',
      comment:
        'What production runs is listed under "dependencies". Examples read data sets that only this checkout has; the dashboard is built, and what it needs is built in.',
      severity: 'error',
      from: { path: folders(Object.keys(mayImport)), pathNot: '^(examples|dashboard)/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(\\.maggy|coverage|dist|dashboard/dist)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.mjs', '.cjs', '.js', '.json'],
    },
  },
};
