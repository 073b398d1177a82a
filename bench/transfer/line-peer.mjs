// A peer that speaks the line protocol: it prints `ready`; a leecher starts at the line `go` and prints `first` at its first
// payload bytes and `done` when all is checked and written; it leaves when standard input ends. A seeder is never told `go`.
import { createInterface } from 'node:readline';
import { PeerProcess } from './peer-process.mjs';

export class LinePeer extends PeerProcess {
  /** `command`: of the wish, what to run; `env`: what its environment has beside ours. */
  constructor(name, wish, command, env = {}) {
    super(name, wish);
    this.command = command;
    this.env = env;
  }

  async start() {
    this.spawn(this.command(this.wish), ['pipe', 'pipe', 'log'], this.env);
    createInterface({ input: this.child.stdout }).on('line', line => {
      const word = line.trim();
      if (word === 'ready') this.isReady = true;
      else if (word === 'first') this.noteFirst();
      else if (word === 'done') this.noteDone();
    });
    await this.until('ready', () => this.isReady);
  }

  async go() {
    this.child.stdin.write('go\n');
  }
}
