/**
 * What a process of a stack and its owner say to each other over the channel that `child_process` opens between them. The channel
 * is also the bond: it closes with the owner, however that ends, and then the process ends too. A process that a person started has no channel.
 */
import Type, { type Static } from 'typebox';
import { compileSchema } from '../../core/validate.ts';

const MessageSchema = Type.Union(
  [
    /** It serves; `url` where it listens. */
    Type.Object({ type: Type.Literal('ready'), url: Type.Optional(Type.String()) }),
    /** A line for the person at the owner's terminal. */
    Type.Object({ type: Type.Literal('notice'), line: Type.String() }),
    /** It is about to end, and why. */
    Type.Object({ type: Type.Literal('failed'), message: Type.String() }),
  ],
  { discriminator: { propertyName: 'type' } },
);
export type OwnedMessage = Static<typeof MessageSchema>;

export const parseOwnedMessage = compileSchema(MessageSchema);

/** Tells a process that it has an owner, also one that was gone before the process could look. */
export const ownedVariable = 'MAGGY_OWNED';

/** How long a process may take to hand back what it holds once its owner is gone, whose Redis may be gone as well. */
const orphanGraceMs = 3000;

/** Ends this process like SIGTERM when its owner is gone, and in any case soon after. */
export function endWithOwner(): void {
  const isOwned = process.env[ownedVariable] !== undefined;
  // What this process starts is not the owner's.
  Reflect.deleteProperty(process.env, ownedVariable);
  if (!isOwned) return;
  if (!process.connected) process.exit(1);
  process.once('disconnect', () => {
    setTimeout(() => process.exit(1), orphanGraceMs);
    process.kill(process.pid, 'SIGTERM');
  });
  // The bond alone keeps nobody alive.
  process.channel?.unref();
}

/** Tells the owner, where there is one; resolves once it is on its way. */
export function tellOwner(message: OwnedMessage): Promise<void> {
  return new Promise((resolve) => {
    // An owner that has gone in the meantime hears nothing, and need not.
    if (process.connected) process.send?.(message, undefined, {}, () => resolve());
    else resolve();
  });
}
