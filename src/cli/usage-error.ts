// A command line that asks for what cannot be: told in one sentence, with exit status 2.

export class UsageError extends Error {
  /** `message` is a sentence. */
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}
