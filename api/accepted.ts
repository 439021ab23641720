/** What an `Accept` header prefers (RFC 9110, 12.5.1), where an answer comes in several forms. */
import type { FastifyRequest } from 'fastify';

/** The type that the client likes best; the first of them where it has no preference, or takes none of them. */
export function preferred<Type extends string>(request: FastifyRequest, types: readonly [Type, ...Type[]]): Type {
  const [otherwise] = types;
  return types.find((type) => type === request.accepts().type([...types])) ?? otherwise;
}
