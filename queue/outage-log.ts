/**
 * What a process logs of a Redis that it has lost: one line when that begins and one when it is over. Every one of its connections
 * tells of every failed attempt to connect, several times a second; that is the same thing told over and over.
 */
import type { Redis } from 'ioredis';
import { isConnectionLost } from './unavailable.ts';

/** The part of a logger that is needed here. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export class OutageLog {
  readonly #log: Log;
  #connection: Redis | undefined;
  #lostAt: number | undefined;

  constructor(log: Log) {
    this.#log = log;
  }

  /** The connection whose state says whether Redis is lost: one that is always there and always tried again. */
  follow(connection: Redis): void {
    this.#connection = connection;
    connection.on('ready', () => {
      if (this.#lostAt === undefined) return;
      const seconds = Math.round((performance.now() - this.#lostAt) / 100) / 10;
      this.#lostAt = undefined;
      this.#log.info({ seconds }, 'Redis is back');
    });
  }

  /** For errors of connections and of whatever works on them; what is no lost connection is logged with the message. */
  telling(message: string): (error: Error) => void {
    return (error) => {
      if (!isConnectionLost(error)) this.#log.warn({ err: error }, message);
      else if (this.#lostAt !== undefined || this.#connection?.status === 'ready') this.#log.debug({ err: error }, message);
      else {
        this.#lostAt = performance.now();
        this.#log.warn({ err: error }, 'Redis is lost: everything waits until it is back');
      }
    };
  }
}
