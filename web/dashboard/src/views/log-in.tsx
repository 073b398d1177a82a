// Asked for where the daemon has a token and this browser does not. The daemon's answer is a cookie that no script can read.

import { useState } from 'preact/hooks';
import { begin } from '../actions.ts';
import { logIn, sentenceOf } from '../api.ts';

export function LogIn() {
  const [fault, setFault] = useState('');
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const token = new FormData(form).get('token');
    try {
      await logIn(`${token ?? ''}`.trim());
      begin();
    } catch (error) {
      setFault(sentenceOf(error));
      form.querySelector('input')?.select();
    }
  };
  return (
    <main class="log-in">
      <form onSubmit={submit} class="card">
        <h1>Swarmline</h1>
        <label for="token">Token of this daemon</label>
        <input
          id="token"
          name="token"
          type="password"
          autocomplete="current-password"
          required
          aria-describedby="token-note"
          aria-invalid={fault !== ''}
        />
        <p id="token-note" class="note">
          It is in the file that the daemon was started with: <code>--token-file</code>.
        </p>
        {fault !== '' && (
          <p class="failed" role="alert">
            ✗ {fault}
          </p>
        )}
        <button type="submit" class="chief">
          Log in
        </button>
      </form>
    </main>
  );
}
