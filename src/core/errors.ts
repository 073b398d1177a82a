// The three kinds of error (docs/errors.md lists every code).
//   The peer's or the file's fault: ProtocolError. It ends that connection, or refuses that file, and nothing else.
//   The world's fault (disk, network, a missing path): SwarmlineError.
//   The caller's fault: TypeError or RangeError, which nobody catches.

export interface ErrorDetails {
  /** Where the fault is: `info.files[3].path`, a file's path, an address. */
  readonly where?: string;
  readonly cause?: unknown;
}

/** A failure that a user can act on: `message` is a sentence, `code` is stable across releases. */
export class SwarmlineError<Code extends string = string> extends Error {
  readonly code: Code;
  readonly where: string | undefined;

  constructor(code: Code, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'SwarmlineError';
    this.code = code;
    this.where = details.where;
  }
}

/** Bytes from outside that break a format's or a protocol's rules. The only error that a parser lets out. */
export class ProtocolError<Code extends string = string> extends SwarmlineError<Code> {
  constructor(code: Code, message: string, details: ErrorDetails = {}) {
    super(code, message, details);
    this.name = 'ProtocolError';
  }
}
