// The keys.

import { KEYS } from '../keyboard.ts';
import { DialogFrame } from './dialog-frame.tsx';

export function HelpDialog() {
  return (
    <DialogFrame title="Keys">
      <dl class="keys">
        {KEYS.map(({ keys, does }) => (
          <div key={keys}>
            <dt>
              {keys.split('  ').map(key => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </DialogFrame>
  );
}
