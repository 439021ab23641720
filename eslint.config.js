/**
 * Typed lint at its strictest, and three rules of this house: pure rooms read neither clock nor chance, only processes read the
 * environment, and a test is never left out. Layout is Prettier's; which room imports which is dependency-cruiser's.
 */
import eslint from '@eslint/js';
import { defineConfig } from 'eslint/config';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

const pureRooms = ['core/**/*.ts', 'optimizer/**/*.ts', 'analysis/**/*.ts', 'exports/**/*.ts'];
const optimizerService = ['optimizer/main.ts', 'optimizer/service/**/*.ts'];
const processes = [
  '**/main.ts',
  'api/server.ts',
  'lagom/lagom.ts',
  'cli/**',
  'scripts/**',
  'bench/**',
  'test/**',
  'vitest.config.ts',
  'dashboard/vite.config.ts',
];

const noEnvironment = [
  {
    selector: "MemberExpression[object.name='process'][property.name='env']",
    message: 'Only processes read the environment; take an argument.',
  },
  {
    selector: "ImportDeclaration[source.value=/^(node:)?process$/] > ImportSpecifier[imported.name='env']",
    message: 'Only processes read the environment; take an argument.',
  },
  {
    selector: "VariableDeclarator[init.name='process'] Property[key.name='env']",
    message: 'Only processes read the environment; take an argument.',
  },
];
const noClockNorChance = [
  { selector: "MemberExpression[object.name='Math'][property.name='random']", message: 'Draw from a seeded stream of core/random.ts.' },
  { selector: "MemberExpression[object.name='Date'][property.name='now']", message: 'Clocks enter as arguments or events.' },
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'Clocks enter as arguments or events.' },
  { selector: "CallExpression[callee.name='Date']", message: 'Clocks enter as arguments or events.' },
  { selector: "Identifier[name='performance']", message: 'Clocks enter as arguments or events.' },
  { selector: "Identifier[name='crypto']", message: 'Draw from a seeded stream of core/random.ts.' },
];

export default defineConfig(
  { ignores: ['node_modules/', '.maggy/', 'coverage/', '**/dist/', 'client/schema.ts'] },
  eslint.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Numbers print the same everywhere; the other types that this rule names still need a conversion.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // `() => resource.release()` as a callback says all there is to say.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true }],
      // An object type and an index signature are both read at a glance; forcing Record hides the name of the key.
      '@typescript-eslint/consistent-indexed-object-style': 'off',
      // An implementation of an asynchronous interface may have nothing to wait for.
      '@typescript-eslint/require-await': 'off',
      // A training function may return nothing, and its type says so: `number | void`.
      '@typescript-eslint/no-invalid-void-type': 'off',
      // A name that begins with _ is a parameter that an interface demands.
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // `== null` is the one comparison that means both null and undefined.
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-restricted-syntax': ['error', ...noEnvironment],
    },
  },
  { files: ['dashboard/**/*.{ts,tsx}'], extends: [reactHooks.configs.flat.recommended] },
  // `verbose: 0` is how everybody writes it; TensorFlow.js's own types call it an enum.
  {
    files: ['examples/**/*.ts', 'cli/templates/*.ts', 'bench/**/*.ts', 'test/**/*.ts'],
    rules: { '@typescript-eslint/no-unsafe-enum-assignment': 'off' },
  },
  {
    files: ['cli/templates/*.test.ts'],
    // The runner waits for its tests.
    rules: {
      '@typescript-eslint/no-floating-promises': [
        'error',
        { allowForKnownSafeCalls: [{ from: 'package', name: 'test', package: 'node:test' }] },
      ],
    },
  },
  { files: pureRooms, ignores: optimizerService, rules: { 'no-restricted-syntax': ['error', ...noEnvironment, ...noClockNorChance] } },
  { files: processes, rules: { 'no-restricted-syntax': 'off' } },
  {
    files: ['test/**/*.ts'],
    rules: {
      // Vitest's matchers (expect.any, expect.objectContaining) are typed any.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      // What users' code may do, tests do: reject with a string, hand on a method, pass a data set of their own.
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      'no-restricted-syntax': [
        'error',
        {
          selector: 'CallExpression[callee.object.name=/^(it|test|describe)$/][callee.property.name=/^(skip|only|todo)$/]',
          message: 'A test that does not run proves nothing.',
        },
      ],
    },
  },
  {
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: {
      globals: Object.fromEntries(
        ['process', 'console', 'URL', 'Buffer', 'module', 'require', 'setTimeout', 'clearTimeout', 'SharedArrayBuffer', 'Atomics'].map(
          (name) => [name, 'readonly'],
        ),
      ),
    },
  },
);
