/** A network small enough to be ablated while one waits. */
export { default } from '../../e2e/functions/weighing.ts';
