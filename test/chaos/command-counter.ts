/** Finds where commands end in what a client sends to Redis: arrays of bulk strings, `*2\r\n$3\r\nGET\r\n$1\r\nk\r\n`, in pieces of any size. */
export class CommandCounter {
  /** Bulk strings of the command that are still to come; 0 between commands. */
  #strings = 0;
  /** Bytes of the bulk string that are still to come, its line break included. */
  #content = 0;
  #line = '';

  /**
   * Reads on, until the piece or so many commands have ended.
   * @returns how many ended, and how many bytes were read until then
   */
  read(piece: Buffer, most: number): { readonly commands: number; readonly bytes: number } {
    let commands = 0;
    let at = 0;
    while (at < piece.length && commands < most) {
      if (this.#content > 0) {
        const taken = Math.min(this.#content, piece.length - at);
        at += taken;
        this.#content -= taken;
        if (this.#content === 0) commands += this.#stringEnded();
      } else {
        this.#line += String.fromCharCode(piece[at] ?? 0);
        at += 1;
        if (this.#line.endsWith('\r\n')) this.#lineEnded();
      }
    }
    return { commands, bytes: at };
  }

  #lineEnded(): void {
    const count = Number(this.#line.slice(1, -2));
    if (this.#line.startsWith('*')) this.#strings = count;
    else if (this.#line.startsWith('$')) this.#content = count + 2;
    else throw new Error(`no command of a Redis client: ${JSON.stringify(this.#line)}`);
    this.#line = '';
  }

  #stringEnded(): number {
    this.#strings -= 1;
    return this.#strings === 0 ? 1 : 0;
  }
}
