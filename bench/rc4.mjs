// RC4 by length of message (MB per CPU second), and the key exchange of Message Stream Encryption (ms of CPU).
import './help.mjs';
import { publicKeyOf, sharedSecretOf } from '../dist/core/wire/mse-keys.js';
import { Rc4 } from '../dist/core/wire/rc4.js';

for (const length of [17, 100, 500, 700, 1000, 2000, 16_384, 65_536, 262_144]) {
  const rc4 = new Rc4(new Uint8Array(20).fill(1));
  const bytes = new Uint8Array(length);
  const rounds = Math.ceil(100_000_000 / length / (length < 1000 ? 4 : 1));
  for (let i = 0; i < rounds / 4; i++) rc4.apply(bytes, bytes);
  const perSecond =
    (length * rounds) /
    cpuMicroseconds(() => {
      for (let i = 0; i < rounds; i++) rc4.apply(bytes, bytes);
    });
  console.log(`RC4, ${length} bytes at a time: ${perSecond.toFixed(0)} MB per CPU second`);
}

const secret = new Uint8Array(20).fill(0xab);
const key = publicKeyOf(new Uint8Array(20).fill(0xcd));
for (const [what, run] of [
  ['public key', () => publicKeyOf(secret)],
  ['shared secret', () => sharedSecretOf(secret, key)],
]) {
  for (let i = 0; i < 100; i++) run();
  const microseconds = cpuMicroseconds(() => {
    for (let i = 0; i < 1000; i++) run();
  });
  console.log(`${what}: ${(microseconds / 1e6).toFixed(2)} ms of CPU`);
}

function cpuMicroseconds(run) {
  const start = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(start);
  return user + system;
}
